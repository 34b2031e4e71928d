import Cases
import Descriptors
import Runs

/// What needs DPDK and intel-ipsec-mb. A reader has `Reader/Measuring.swift` in place of this folder.
enum Measuring {
  static let commands = [
    runCommand, checkCommand, roleCommand, testbedCommand, reproduceCommand, decodeCommand,
  ]

  static let hint = "A first run: vpebench run experiments/figure-5.json5 --quick"

  /// Before any command.
  static func prepare() { OpenFiles.allowMost() }

  /// What `list --placements` prints.
  static func printPlacements(_ descriptor: Descriptor, _ cases: [Case]) throws {
    try PlacementList(descriptor, cases).print()
  }
}
