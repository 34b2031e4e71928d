import Dataplane
import Foundation
import Testing

/// What needs no packets; those are in `TopologyCaptureTests`.
@Suite struct CaptureTests {
  @Test func aFolderThatIsNotThereIsRefused() {
    let path = "\(NSTemporaryDirectory())\(UUID().uuidString)/black.pcap"
    #expect { _ = try Capture(path: path) } throws: { error in
      guard case .port(let name, _, let reason)? = error as? DataplaneError else { return false }
      return name == path && reason.contains("No such file")
    }
  }

  @Test func anEmptyCaptureIsAFileHeader() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pcap")
    defer { try? FileManager.default.removeItem(at: file) }
    try withExtendedLifetime(Capture(path: file.path)) { $0.flush() }
    let bytes = [UInt8](try Data(contentsOf: file))
    #expect(bytes.count == 24)
    // Nanoseconds (as pcap-savefile(5) has it), in the order of this machine; link type Ethernet.
    #expect(bytes.prefix(4) == [0x4D, 0x3C, 0xB2, 0xA1])
    #expect(bytes.suffix(4) == [1, 0, 0, 0])
  }
}
