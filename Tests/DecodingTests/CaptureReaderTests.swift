import Decoding
import Foundation
import Testing

/// Whole captures of every kind are in `OddCapturesTests`.
@Suite struct CaptureReaderTests {
  private let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).cap")

  /// Opens a file of these bytes, and reads it to its end.
  /// - Returns: the frames before the end, or before what cannot be read.
  private func read(_ bytes: [UInt8]) -> (frames: [[UInt8]], type: LinkType?, error: String?) {
    defer { try? FileManager.default.removeItem(at: file) }
    var frames: [[UInt8]] = []
    var type: LinkType?
    do {
      try Data(bytes).write(to: file)
      let reader = try CaptureReader(path: file.path)
      while let frame = try reader.next() {
        frames.append(Array(frame.bytes))
        type = frame.linkType
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

  @Test func aFrameIsRead() {
    for (linkType, expected) in [(1, LinkType.ethernet), (101, .rawIP), (105, LinkType(rawValue: 105))] {
      let (frames, type, error) = read(pcap(linkType: UInt8(linkType)))
      #expect(frames == [[9, 8, 7, 6]] && type == expected && error == nil, "\(linkType)")
    }
  }

  @Test func whatCannotBeReadIsTold() {
    let whole = pcap()
    #expect(read([]).error?.contains("\(file.path) cannot be read (it is empty)") == true)
    #expect(read(Array("neither pcap nor pcapng".utf8)).error?.contains("unknown file format") == true)
    #expect(read([0x1F]).error?.contains("unknown file format") == true)
    // Cut off within the frame's header, within its bytes, and within a second frame.
    for (count, frames) in [(30, 0), (whole.count - 1, 0), (whole.count + 10, 1)] {
      let result = read(Array((whole + whole.dropFirst(24)).prefix(count)))
      #expect(result.frames.count == frames)
      #expect(result.error?.contains("beyond packet \(frames)") == true, "\(result.error ?? "nothing")")
    }
    #expect { try CaptureReader(path: file.path) } throws: { "\($0)".contains("No such file") }
  }

  /// Where a length cannot be, the file is damaged, and nothing is made up from what follows.
  @Test func damageIsTold() {
    var longer = pcap()
    longer[34] = 5
    #expect(read(longer).error?.contains("a packet of 327684 bytes cannot be") == true)
    var version = pcap()
    version[4] = 9
    #expect(read(version).error?.contains("version 9.4 of pcap") == true)
    let section: [UInt8] = [10, 13, 13, 10, 28, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0]
    let rest = [UInt8](repeating: 0xFF, count: 8) + [28, 0, 0, 0]
    #expect(read(section + rest).error == nil)
    let packet: [UInt8] = [3, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0]
    let blocks: [(bytes: [UInt8], says: String)] = [
      (packet, "a packet of interface 0, which is not described"),
      ([3, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0], "the two lengths of a block differ"),
      ([3, 0, 0, 0, 17, 0, 0, 0], "a block of 17 bytes cannot be"),
      ([3, 0, 0, 0, 0, 0, 0, 0], "a block of 0 bytes cannot be"),
      ([3, 0, 0, 0, 0, 0, 0, 2], "a block of 33554432 bytes cannot be"),
      ([3, 0, 0, 0, 0, 0, 0x10, 0], "a block of 1048576 bytes is too long for its type, 3"),
      ([4, 0, 0, 0, 0, 0, 0x10, 0], "it ends within a block"),
      ([6, 0, 0], "it ends within a block"),
      ([10, 13, 13, 10, 28, 0, 0, 0, 1, 2, 3, 4], "a section without byte order"),
    ]
    for block in blocks {
      let error = read(section + rest + block.bytes).error
      #expect(error?.contains("beyond packet 0 (") == true, "\(error ?? "")")
      #expect(error?.contains(block.says) == true, "\(error ?? "")")
    }
  }
}
