import Foundation
import Machine
import Testing

/// What others use of a machine, from made-up files.
@Suite struct WindowLoadTests {
  static func load(stat: String?, pressure: String?, cpus: [Int] = [0, 1]) throws -> WindowLoad {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("proc/pressure"), withIntermediateDirectories: true)
    try stat?.write(to: root.appendingPathComponent("proc/stat"), atomically: false, encoding: .utf8)
    try pressure?.write(
      to: root.appendingPathComponent("proc/pressure/cpu"), atomically: false, encoding: .utf8)
    return WindowLoad(of: cpus, root: root)
  }

  static let before = """
    cpu  1000 0 0 9000 0 0 0 0 0 0
    cpu0 100 0 50 800 10 5 5 30 77 0
    cpu1 100 0 50 800 10 5 5 30 77 0
    cpu2 900 0 0 0 0 0 0 900 0 0
    intr 1 2 3
    """
  static let after = """
    cpu  1100 0 0 9100 0 0 0 0 0 0
    cpu0 150 0 50 830 10 5 5 50 99 0
    cpu1 150 0 50 850 10 5 5 30 99 0
    cpu2 900 0 0 0 0 0 0 9000 0 0
    intr 1 2 3
    """

  @Test func stolenTimeIsThatOfTheCPUsUsed() throws {
    let (before, after) = (
      try Self.load(stat: Self.before, pressure: nil), try Self.load(stat: Self.after, pressure: nil)
    )
    let (earlier, later) = (try #require(before.ticks), try #require(after.ticks))
    #expect(later.total - earlier.total == 200 && later.share(\.working, since: earlier) == 0.5)
    #expect(after.metrics(since: before) == ["steal_ratio": 0.1])
  }

  @Test func pressureIsWaitingTimeOverTime() throws {
    let before = try Self.load(
      stat: nil, pressure: "some avg10=1.0 avg60=1.0 avg300=0.0 total=1000\nfull total=5")
    let after = try Self.load(
      stat: nil, pressure: "some avg10=1.0 avg60=1.0 avg300=0.0 total=1000\nfull total=9")
    #expect(after.metrics(since: before) == ["pressure_ratio": 0])
    let late = try Self.load(stat: nil, pressure: "some total=900001000\n")
    #expect(late.metrics(since: before) == ["pressure_ratio": 1], "at most all of it")
  }

  @Test func whatTheKernelDoesNotTellIsAbsent() throws {
    let nothing = try Self.load(stat: nil, pressure: nil)
    #expect(nothing.metrics(since: nothing).isEmpty)
    let old = try Self.load(stat: "cpu0 1 2 3 4 5 6 7\ncpu1 1 2 3 4 5 6 7\n", pressure: "nonsense")
    #expect(old.metrics(since: old).isEmpty && old.ticks == nil)
    let fewer = try Self.load(stat: Self.before, pressure: nil, cpus: [1, 3])
    #expect(fewer.ticks == nil, "a CPU that the kernel does not tell")
  }
}
