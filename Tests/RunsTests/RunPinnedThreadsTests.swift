import Foundation
import Roles
import Runs
import Testing

/// Threads that somebody moves away from their CPUs in the midst of a sample, by a made-up /proc.
@Suite struct RunPinnedThreadsTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  /// Writes what the kernel says of a thread.
  private func put(_ thread: Int32, allowed: String, migrations: Int? = 3) throws {
    let path = "\(folder)/\(thread)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try "Name:\tx\nCpus_allowed_list:\t\(allowed)\n".write(
      toFile: path + "/status", atomically: false, encoding: .utf8)
    guard let migrations else { return }
    try "x (7, #threads: 3)\nse.exec_start : 1.0\nse.nr_migrations       :      \(migrations)\n".write(
      toFile: path + "/sched", atomically: false, encoding: .utf8)
  }

  private func threads() throws -> PinnedThreads {
    try put(11, allowed: "2")
    try put(12, allowed: "3")
    return PinnedThreads(
      [RoleHost.Thread(number: 11, cpu: 2), RoleHost.Thread(number: 12, cpu: 3)], folder: folder)
  }

  @Test func whoStaysIsNotDisturbed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let threads = try threads()
    #expect(threads.disturbance() == nil && threads.disturbance() == nil)
  }

  @Test(arguments: ["4", "2-3", "2,3"]) func whoMayRunElsewhereWasMoved(allowed: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let threads = try threads()
    try put(12, allowed: allowed)
    let sentence = try #require(threads.disturbance())
    let now = allowed.replacing("-", with: ",")
    #expect(sentence.hasPrefix("the thread on CPU 3 may now run on \(now):"), "\(sentence)")
    #expect(sentence.contains("taskset"))
  }

  /// It is where it was again, and the kernel has counted.
  @Test func whoWasMovedAndPutBackIsNoticed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let threads = try threads()
    try put(11, allowed: "2", migrations: 5)
    #expect(try #require(threads.disturbance()).hasPrefix("the thread on CPU 2 was moved to another CPU"))
  }

  /// Not every kernel counts, and a thread that has ended says nothing.
  @Test func whatIsNotToldIsNoDisturbance() throws {
    try put(11, allowed: "2", migrations: nil)
    let threads = PinnedThreads([RoleHost.Thread(number: 11, cpu: 2)], folder: folder)
    #expect(threads.disturbance() == nil)
    try FileManager.default.removeItem(atPath: folder)
    #expect(threads.disturbance() == nil)
  }
}
