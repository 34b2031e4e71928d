import Basics
import Foundation
import Runs
import Testing

/// Lists of CPUs as the kernel and users write them.
@Suite struct RunUsableCPUsTests {
  @Test(arguments: [
    ("0", [0]), ("0-3", [0, 1, 2, 3]), ("0-3,8", [0, 1, 2, 3, 8]), ("5-5", [5]), ("8,1-2", [1, 2, 8]),
    ("1,1,0-1", [0, 1]), ("\t0-1", [0, 1]), ("8191", [8191]),
  ])
  func listsAreRead(list: String, cpus: [Int]) {
    #expect(CPUList.parse(list) == cpus)
  }

  @Test(arguments: [
    "", " ", ",", "1,", "two", "1,x", "3-1", "-1", "1-", "-", "1-2-3", "0x1", "1 2", "8192", "0-99999999999",
    "99999999999999999999",
  ])
  func whatIsNoListIsNone(list: String) {
    #expect(CPUList.parse(list) == nil)
  }

  @Test func theKernelsLineIsFound() throws {
    let status = FileManager.default.temporaryDirectory.appendingPathComponent("status-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: status) }
    try "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t2-3,7\nMems_allowed:\t1\n"
      .write(to: status, atomically: false, encoding: .utf8)
    #expect(UsableCPUs.read(status: status.path) == [2, 3, 7])
    try "Name:\tx\n".write(to: status, atomically: false, encoding: .utf8)
    #expect(UsableCPUs.read(status: status.path) == [])
    #expect(UsableCPUs.read(status: status.path + ".none") == [])
  }
}
