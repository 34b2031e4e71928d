import Cases
import Descriptors

/// Replaces the commands that need DPDK and intel-ipsec-mb, for a vpebench that is built without them.
enum Measuring {
  static let commands: [Command] = []

  static let hint = "This is a reader: it measures nothing (make reader)."

  static func prepare() {}

  static func printPlacements(_ descriptor: Descriptor, _ cases: [Case]) throws {
    throw Unmeasurable(what: "list --placements")
  }
}
