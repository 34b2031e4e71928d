import Cases
import Descriptors

/// In place of what needs DPDK and intel-ipsec-mb, where vpebench is built without them.
enum Measuring {
  static let commands: [Command] = []

  static let hint = "This is a reader: it measures nothing (make reader)."

  static func prepare() {}

  static func printPlacements(_ descriptor: Descriptor, _ cases: [Case]) throws {
    throw Unmeasurable(what: "list --placements")
  }
}
