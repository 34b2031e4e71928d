import Cases
import Foundation
import Roles
import Runs
import Testing

/// No role seals twice under the same keys, whatever ended it the first time.
@Suite struct RunUsedKeysTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  private func used() throws -> UsedKeys { try UsedKeys(environment: ["XDG_STATE_HOME": folder]) }

  private func refusal(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  @Test func aGatewaySealsOnceUnderAKey() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try used().check(7, .gatewayA, "run ID 1")
    try used().note(7, .gatewayA, "run ID 1")
    // To look costs nothing.
    try used().check(8, .gatewayA, "run ID 2")
    #expect(refusal { try used().check(7, .gatewayA, "run ID 1") }.contains("has sealed"))
    // Another direction, another seed.
    try used().note(7, .gatewayB, "run ID 1")
    try used().note(8, .gatewayA, "run ID 2")
    for (seed, role) in [(UInt64(7), RoleName.gatewayA), (7, .gatewayB), (8, .gatewayA)] {
      let message = refusal { try used().note(seed, role, "run ID 1") }
      #expect(message.contains("--run-id") && message.contains("\(role.rawValue) has sealed"), "\(message)")
    }
    let text = try String(contentsOfFile: used().path, encoding: .utf8)
    #expect(text.hasPrefix("0000000000000007 gateway-a run ID 1\n"))
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test func aTornLineHidesNoOther() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try used().note(7, .gatewayA, "first")
    let handle = try #require(FileHandle(forWritingAtPath: used().path))
    handle.seekToEndOfFile()
    handle.write(Data("00000000000000".utf8))
    try handle.close()
    try used().note(9, .gatewayA, "second")
    for seed in [UInt64(7), 9] {
      #expect(refusal { try used().note(seed, .gatewayA, "again") }.contains("has sealed"))
    }
  }

  @Test func ofManyAtOnceOneMay() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder
    let count = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<32 {
        group.addTask {
          do {
            try UsedKeys(environment: ["XDG_STATE_HOME": path]).note(7, .gatewayA, "one")
            return true
          } catch { return false }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(count == 1)
  }

  @Test func whatCannotBeNotedIsRefused() throws {
    try Data().write(to: URL(fileURLWithPath: folder))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(refusal { try used().note(7, .gatewayA, "") }.contains("cannot be made"))
    #expect(refusal { _ = try UsedKeys(environment: [:]) }.contains("XDG_STATE_HOME"))
    #expect(
      refusal { _ = try UsedKeys(environment: ["HOME": "", "XDG_STATE_HOME": "x"]) }.contains("no home"))
    #expect(try UsedKeys(environment: ["HOME": "/h"]).path == "/h/.local/state/vpebench/used-keys")
  }
}
