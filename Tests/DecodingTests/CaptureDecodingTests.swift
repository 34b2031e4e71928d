import Basics
import Foundation
import Testing

/// `vpebench decode` over captures that Scapy has made, but for the command line.
@Suite struct CaptureDecodingTests {
  private func withCaptures<Result>(
    _ kind: String, _ arguments: [String] = [], _ body: (URL) throws -> Result
  ) throws -> Result {
    try withMadeCaptures(kind, arguments) { try body(URL(fileURLWithPath: $0)) }
  }

  private func golden(_ name: String) throws -> [String] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let text = try String(contentsOf: folder.appendingPathComponent("Golden/\(name)"), encoding: .utf8)
    return text.split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["mixed.pcap", "mixed.pcapng"]) func everyKindOfPacket(name: String) throws {
    try withCaptures("mixed") { folder in
      let file = folder.appendingPathComponent(name)
      let known = decoded(file, keys: folder.appendingPathComponent("keys.json5"))
      let expected = try golden("mixed.txt")
      #expect(known.lines == expected && known.error == nil)
      let unknown = decoded(file)
      let without = try golden("mixed-without-keys.txt")
      #expect(unknown.lines == without && unknown.error == nil)
    }
  }

  /// Extended numbers are inferred from the window, which starts where the keys file says.
  @Test func extendedNumbers() throws {
    try withCaptures("numbers") { folder in
      let result = decoded(
        folder.appendingPathComponent("numbers.pcap"), keys: folder.appendingPathComponent("keys.json5"))
      let found = result.lines.dropLast().map { line in
        String(line.split(separator: " ").first { $0.hasPrefix("#") }!)
          + (line.contains("authentic, new") ? "+" : "")
      }
      let expected = [
        "#4294967294:+", "#4294967297:+", "#4294967295:+", "#4294967296:+", "#4294967295:", "#4294967295:",
      ]
      #expect(found == expected)
      #expect(result.lines.last == "6 packets: 4 new, 1 replayed, 1 not authentic")
    }
  }

  /// Pieces within what is sealed are said to be pieces; those around it are put together.
  @Test func fragments() throws {
    try withCaptures("fragments") { folder in
      let result = decoded(
        folder.appendingPathComponent("fragments.pcap"), keys: folder.appendingPathComponent("keys.json5"))
      let ends = "192.0.2.1 > 192.0.2.2"
      let formats = ["ESP 0x00001001", "VPE 0x00002001 sender 1 window 0"]
      let sealed = formats.flatMap { format in
        [
          "\(ends) \(format) #1: authentic, new; IPv4 198.18.0.1:1024 > 198.19.0.1:7 a fragment of UDP at "
            + "byte 0, more follow, 1444 bytes",
          "\(ends) \(format) #2: authentic, new; IPv4 198.18.0.1 > 198.19.0.1 a fragment of UDP at byte "
            + "1424, the last, 76 bytes",
        ]
      }
      let outer = formats.flatMap { format in
        [
          "\(ends) a fragment of ESP at byte 0, more follow",
          "\(ends) a fragment of ESP at byte 1480, the last; whole: \(ends) \(format) #3: authentic, new; "
            + "IPv4 198.18.0.1:1024 > 198.19.0.1:7 UDP, 1500 bytes",
        ]
      }
      #expect(result.lines.dropLast().map(withoutTime) == sealed + outer)
      #expect(result.lines.last == "8 packets: 6 new, 2 in fragments")
    }
  }

  /// All of `docs/vpe-vectors.json`, as raw IP.
  @Test func theVectorsOfVPE() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let vectors = root.appendingPathComponent("docs/vpe-vectors.json")
    struct File: Decodable {
      struct Vector: Decodable {
        let opens: Bool
        let inner: String
      }
      let vectors: [Vector]
    }
    let known = try JSONDecoder().decode(File.self, from: Data(contentsOf: vectors)).vectors
    try withCaptures("vectors", [vectors.path]) { folder in
      let result = decoded(
        folder.appendingPathComponent("vectors.pcap"), keys: folder.appendingPathComponent("keys.json5"))
      try #require(result.error == nil && result.lines.count == known.count + 1, "\(result.error ?? "")")
      for (vector, line) in zip(known, result.lines) {
        #expect(line.contains(": authentic, new; IPv") == vector.opens, "\(line)")
        #expect(line.hasSuffix(": not authentic") == !vector.opens, "\(line)")
        if vector.opens { #expect(line.hasSuffix(", \(vector.inner.count / 2) bytes"), "\(line)") }
      }
    }
  }

  /// Whatever bytes are changed, the program goes on, and no packet is authentic that was not sealed.
  @Test func changedBytesAreNeverAuthentic() throws {
    func authentic(_ lines: [String]) -> [String] {
      lines.compactMap { line in
        let match = line.firstMatch(of: /((?:ESP|VPE) 0x\S+(?: sender.*)? #\d+): authentic, [a-z ]+(.*)/)
        return match.map { "\($0.1)\($0.2)" }
      }
    }
    let sealed = Set(authentic(try golden("mixed.txt")))
    #expect(sealed.count == 13)
    try withCaptures("mixed") { folder in
      let keys = folder.appendingPathComponent("keys.json5")
      let whole = [UInt8](try Data(contentsOf: folder.appendingPathComponent("mixed.pcap")))
      let file = folder.appendingPathComponent("changed.pcap")
      var generator = SplitMix64(state: 5)
      var found = 0
      for _ in 0..<400 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
          bytes[Int.random(in: 24..<bytes.count, using: &generator)] = UInt8(
            truncatingIfNeeded: generator.next())
        }
        try Data(bytes).write(to: file)
        let others = authentic(decoded(file, keys: keys).lines).filter { !sealed.contains($0) }
        found += authentic(decoded(file, keys: keys).lines).count
        #expect(others == [])
      }
      // Most captures are still read beyond the change.
      #expect(found > 400)
    }
  }

  /// Wherever a file ends, what came before is decoded, and the error says where the file ends.
  @Test func aFileThatIsCutOffIsDecodedUpToThere() throws {
    try withCaptures("mixed") { folder in
      let keys = folder.appendingPathComponent("keys.json5")
      let bytes = try Data(contentsOf: folder.appendingPathComponent("mixed.pcap"))
      let lines = try golden("mixed.txt")
      let cut = folder.appendingPathComponent("cut.pcap")
      var offset = 24
      for whole in 0..<5 {
        let length = bytes[offset + 8..<offset + 12].reversed().reduce(0) { $0 << 8 | Int($1) }
        for end in [offset + 3, offset + 16, offset + 16 + length - 1] {
          try bytes.prefix(end).write(to: cut)
          let result = decoded(cut, keys: keys)
          #expect(Array(result.lines.dropLast()) == Array(lines.prefix(whole)))
          #expect(result.lines.last?.hasPrefix("\(whole) packet") == true)
          #expect(
            result.error?.hasPrefix("the capture \(cut.path) cannot be read beyond packet \(whole) (")
              == true,
            "\(result.error ?? "no error")")
        }
        offset += 16 + length
      }
    }
  }
}
