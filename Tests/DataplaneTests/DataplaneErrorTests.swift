import Dataplane
import Testing

/// Each sentence names what was found and the remedy.
@Suite struct DataplaneErrorTests {
  static let sentences: [(error: DataplaneError, parts: [String])] = [
    (.environment(reason: "no cores"), ["no cores", "`vpebench check`"]),
    (.memory(what: "64 packet buffers", reason: "full"), ["64 packet buffers", "full", "in_flight_frames"]),
    (.port(name: "net_tap0", step: "start", reason: "no rights"), ["net_tap0 cannot start", "no rights"]),
    (
      .mtu(name: "gateway-a.black", wanted: 1556, most: 1500),
      ["gateway-a.black", "at most 1500", "1556", "MTU", "frame_bytes"]
    ),
    (.capture(path: "a/b.pcapng", reason: "read-only"), ["a/b.pcapng", "read-only", "has room"]),
    (.threads(wanted: 9, available: 2), ["9 cores", "2 are there", "lower threads"]),
  ]

  @Test(arguments: sentences) func saysWhatAndTheRemedy(error: DataplaneError, parts: [String]) {
    for part in parts { #expect("\(error)".contains(part)) }
    #expect(!"\(error)".contains("\n"))
  }
}
