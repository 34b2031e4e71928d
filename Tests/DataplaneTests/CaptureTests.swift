import Dataplane
import Foundation
import Testing

/// What needs no packets; those are in `TopologyCaptureTests`, and reading in `CaptureReaderTests`.
@Suite struct CaptureTests {
  private let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).cap")

  @Test func aFolderThatIsNotThereIsRefused() {
    let path = "\(NSTemporaryDirectory())\(UUID().uuidString)/black.pcapng"
    #expect { _ = try Capture(path: path, interfaces: []) } throws: { error in
      guard case .capture(path, let reason)? = error as? DataplaneError else { return false }
      return reason.contains("No such file")
    }
  }

  @Test func anEmptyCaptureNamesItsSides() throws {
    defer { try? FileManager.default.removeItem(at: file) }
    try withExtendedLifetime(Capture(path: file.path, interfaces: ["one", "other"])) { $0.flush() }
    let bytes = [UInt8](try Data(contentsOf: file))
    func padded(_ text: String) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: (4 - text.utf8.count % 4) % 4)
    }
    func side(_ name: String) -> [UInt8] {
      let length = UInt8(32 + padded(name).count + 4)
      return [1, 0, 0, 0, length, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0, 0, 2, 0, UInt8(name.utf8.count), 0]
        + padded(name) + [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, length, 0, 0, 0]
    }
    let section: [UInt8] =
      [0x0A, 0x0D, 0x0D, 0x0A, 44, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0]
      + [UInt8](repeating: 0xFF, count: 8) + [4, 0, 8, 0] + padded("vpebench") + [0, 0, 0, 0, 44, 0, 0, 0]
    #expect(bytes == section + side("one") + side("other"))
    let kept = try Capture(keeping: ["one", "other"])
    #expect(try kept.piece(from: 0) == CapturePiece(bytes: Data(bytes), whole: bytes.count, leftOut: 0))
    #expect(try kept.piece(from: 44).bytes == Data(bytes[44...]))
    #expect(try kept.piece(from: bytes.count).bytes == Data())
  }
}
