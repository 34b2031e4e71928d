import Cases
import Descriptors
import Runs

/// The commands that need DPDK and intel-ipsec-mb. A reader is built with `Reader/Measuring.swift` instead of
/// this folder.
enum Measuring {
  static let commands = [
    runCommand, checkCommand, roleCommand, testbedCommand, reproduceCommand, decodeCommand,
  ]

  static let hint = "A first run: vpebench run experiments/figure-5.json5 --quick"

  /// Runs before every command.
  static func prepare() { OpenFiles.allowMost() }

  /// Prints the output of `list --placements`.
  static func printPlacements(_ descriptor: Descriptor, _ cases: [Case]) throws {
    try PlacementList(descriptor, cases).print()
  }
}
