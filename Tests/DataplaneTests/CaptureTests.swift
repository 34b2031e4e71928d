import Dataplane
import Foundation
import Testing

/// What needs no packets; those are in `TopologyCaptureTests`.
@Suite struct CaptureTests {
  private let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).cap")

  /// Opens a file of these bytes, and reads it to its end.
  /// - Returns: the frames before the end, or before what cannot be read.
  private func read(_ bytes: [UInt8]) -> (frames: [[UInt8]], type: CaptureReader.LinkType?, error: String?) {
    defer { try? FileManager.default.removeItem(at: file) }
    var frames: [[UInt8]] = []
    var type: CaptureReader.LinkType?
    do {
      try Data(bytes).write(to: file)
      let reader = try CaptureReader(path: file.path)
      type = reader.linkType
      while let frame = try reader.next() {
        frames.append(Array(frame.bytes))
        #expect(frame.nanoseconds == 1_000_000_002 && frame.wireCount == 6)
      }
      return (frames, type, nil)
    } catch {
      return (frames, type, "\(error)")
    }
  }

  /// A pcap file with nanoseconds of one frame, of which 4 of 6 bytes were captured.
  private func pcap(linkType: UInt8 = 1) -> [UInt8] {
    let header: [UInt8] = [0x4D, 0x3C, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8)
    return header + [
      0, 0, 1, 0, linkType, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0, 9, 8, 7, 6,
    ]
  }

  @Test func aFolderThatIsNotThereIsRefused() {
    let path = "\(NSTemporaryDirectory())\(UUID().uuidString)/black.pcapng"
    #expect { _ = try Capture(path: path, interfaces: []) } throws: { error in
      guard case .port(let name, _, let reason)? = error as? DataplaneError else { return false }
      return name == path && reason.contains("No such file")
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
    #expect(read(bytes).error == nil)
  }

  @Test func aFrameIsRead() {
    for (linkType, expected) in [(1, CaptureReader.LinkType.ethernet), (101, .rawIP), (228, .rawIP)] {
      let (frames, type, error) = read(pcap(linkType: UInt8(linkType)))
      #expect(frames == [[9, 8, 7, 6]] && type == expected && error == nil, "\(linkType)")
    }
  }

  @Test func whatCannotBeReadIsTold() {
    let whole = pcap()
    #expect(read([]).error?.contains(file.path) == true)
    #expect(read(Array("neither pcap nor pcapng".utf8)).error?.contains("unknown file format") == true)
    #expect(read(pcap(linkType: 105)).error?.contains("its link type is IEEE802_11") == true)
    // Cut off within the frame's header, within its bytes, and within a second frame.
    for (count, frames) in [(30, 0), (whole.count - 1, 0), (whole.count + 10, 1)] {
      let result = read(Array((whole + whole.dropFirst(24)).prefix(count)))
      #expect(result.frames.count == frames)
      #expect(result.error?.contains("beyond packet \(frames)") == true, "\(result.error ?? "nothing")")
    }
    #expect { try CaptureReader(path: file.path) } throws: { "\($0)".contains("No such file") }
  }
}
