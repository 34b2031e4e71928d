import Foundation
import TestSupport
import Testing

/// The dissector of VPE, `docs/wireshark/vpe.lua`, in Wireshark itself, by way of `tshark`.
@Suite struct WiresharkTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let vectorsFile = root.appendingPathComponent("docs/vpe-vectors.json")

  struct File: Decodable {
    let vectors: [Vector]
  }

  struct Vector: Decodable {
    let name: String
    let aead: String
    let spi: UInt32
    let sequence: String
    let inner: String
    let padding: String
    let packet: String
    let opens: Bool
    let sender: UInt16
    let window: UInt16

    enum CodingKeys: String, CodingKey {
      case name, aead, spi, sequence, inner, padding, packet, opens
      case sender = "sender_id"
      case window = "window_id"
    }
  }

  /// The fields of each packet, as `tshark` prints them.
  private func fields(
    _ names: [String], of file: String, keys: String?, _ more: [String] = []
  ) throws -> [[String]] {
    let script = Self.root.appendingPathComponent("docs/wireshark/vpe.lua").path
    var words = ["-n", "-r", file, "-X", "lua_script:\(script)", "-T", "fields"] + more
    if let keys { words += ["-o", "vpe.keys_file:\(keys)"] }
    let text = try Tshark.run(words + names.flatMap { ["-e", $0] })
    try #require(!text.contains("Lua Error"), "\(text)")
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func theVectors() throws {
    let vectors = try JSONDecoder().decode(File.self, from: Data(contentsOf: Self.vectorsFile)).vectors
    try withMadeCaptures("vectors", [Self.vectorsFile.path]) { folder in
      let names = [
        "vpe.spi", "vpe.sender", "vpe.window", "vpe.sequence", "vpe.icv", "vpe.aead", "vpe.icv_good",
        "vpe.decrypted", "vpe.padding", "_ws.expert.message",
      ]
      let rows = try fields(names, of: "\(folder)/vectors.pcap", keys: "\(folder)/keys.json5")
      try #require(rows.count == vectors.count)
      let bad = "The ICV is wrong: forged, damaged, or another key"
      for (vector, row) in zip(vectors, rows) {
        let header = bytes(String(vector.packet.prefix(32)))
        let number = { (range: Range<Int>) in header[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let spi = String(vector.spi, radix: 16)
        let plain = vector.opens ? vector.inner + vector.padding : ""
        #expect(
          Array(row.prefix(9)) == [
            "0x" + String(repeating: "0", count: 8 - spi.count) + spi, "\(number(0..<2))", "\(number(2..<4))",
            "\(number(4..<12))", String(vector.packet.dropFirst(32).prefix(32)), vector.aead,
            vector.opens ? "1" : "0", plain, vector.opens ? vector.padding : "",
          ], "\(vector.name)")
        #expect(row[9].contains(bad) == !vector.opens, "\(vector.name): \(row[9])")
        if vector.opens {
          #expect(row[1] == "\(vector.sender)" && row[2] == "\(vector.window)" && row[3] == vector.sequence)
        }
      }
    }
  }

  /// VPE beside ESP and others: each kind of packet, and what an expert says of it.
  @Test func everyKindOfPacket() throws {
    try withMadeCaptures("mixed") { folder in
      let rows = try fields(
        ["_ws.col.Protocol", "vpe.sequence", "vpe.icv_good", "vpe.first_use", "_ws.expert.message"],
        of: "\(folder)/mixed.pcap", keys: "\(folder)/keys.json5")
      try #require(rows.count == 32)
      let expected: [Int: [String]] = [
        1: ["ESP", "", "", "", ""], 8: ["ESP", "", "", "", ""], 11: ["ESP", "", "", "", ""],
        12: ["ECHO", "1", "1", "", ""], 13: ["ECHO", "1", "1", "", ""],
        14: ["ECHO", "1", "1", "12", "This window has used the number before"],
        15: ["ECHO", "5000", "1", "", ""], 17: ["ECHO", "1", "1", "", ""],
        18: ["VPE", "5001", "0", "", "The ICV is wrong: forged, damaged, or another key"],
        19: ["VPE", "1", "", "", "No key for this SPI and sender"], 23: ["UDPENCAP", "", "", "", ""],
        21: ["VPE", "", "", "", "Shorter than a VPE header"], 30: ["ARP", "", "", "", ""],
      ]
      for (number, row) in expected { #expect(rows[number - 1] == row, "packet \(number)") }
      #expect(rows[19].prefix(3) == ["TCP", "2", "1"])
    }
  }

  /// Inner pieces are Wireshark's own to tell; of outer ones it puts packets together, which are then VPE.
  @Test func fragments() throws {
    try withMadeCaptures("fragments") { folder in
      let rows = try fields(
        ["ip.flags.mf", "ip.reassembled.length", "vpe.sequence", "vpe.icv_good"],
        of: "\(folder)/fragments.pcap", keys: "\(folder)/keys.json5")
      try #require(rows.count == 8)
      // The inner packet has 1480 bytes behind its header, and 1532 with that and VPE's.
      #expect(rows[2] == ["0,1", "", "1", "1"] && rows[3] == ["0,0", "1480", "2", "1"], "\(rows)")
      #expect(rows[6] == ["1", "", "", ""] && rows[7] == ["0,0", "1532", "3", "1"], "\(rows)")
    }
  }

  /// Both proposals: the next header wherever it is, and what it names.
  @Test func transportMode() throws {
    try withOddCaptures { folder in
      let rows = try fields(
        [
          "_ws.col.Protocol", "vpe.sequence", "vpe.next", "vpe.icv_good", "udp.dstport", "tcp.dstport",
          "_ws.expert.message",
        ], of: "\(folder.path)/transport-vpe.pcap", keys: "\(folder.path)/transport-keys.json5")
      try #require(rows.count == 26)
      let again = "This window has used the number before"
      let forged = "The ICV is wrong: forged, damaged, or another key"
      for first in [0, 10] {
        let rows = rows[first...].map { $0 }
        #expect(rows[0] == ["ECHO", "1", "17", "1", "7", "", ""], "\(rows[0])")
        #expect(rows[1] == ["ECHO", "1", "17", "1", "7", "", again], "\(rows[1])")
        #expect(rows[2] == ["ECHO", "1", "17", "1", "7", "", ""], "\(rows[2])")
        #expect(rows[3].prefix(6) == ["TCP", "2", "6", "1", "", "7"], "\(rows[3])")
        #expect(rows[4].prefix(4) == ["ICMP", "3", "1", "1"], "\(rows[4])")
        #expect(rows[5] == ["VPE", "4", "17", "1", "", "", ""], "\(rows[5])")
        #expect(rows[6].prefix(5) == ["ECHO", "5", "17", "1", "4500,7"], "\(rows[6])")
        // What is not authentic is told only where everybody can read it.
        #expect(rows[7] == ["VPE", "6", first == 0 ? "6" : "", "0", "", "", forged], "\(rows[7])")
      }
      // B's has four bytes more, without which no ICV is right.
      for row in [9, 19, 23, 24, 25] { #expect(rows[row][6] == "Shorter than a VPE header", "\(row)") }
      #expect([19, 23, 24, 25].allSatisfy { rows[$0][3] == "" })
      #expect(rows[20] == ["ECHO", "\(1 << 56 - 1)", "17", "1", "7", "", ""], "\(rows[20])")
      for row in rows[21...22] { #expect(row[6] == "More than a next header before the payload") }
    }
  }

  /// In the port of UDP, keepalives and IKE are what Wireshark says they are, even where every packet is to
  /// be VPE; only a key of Sender ID 0 tells a packet of VPE that begins as IKE does.
  @Test func theUDPPortHasOthers() throws {
    try withOddCaptures { folder in
      func rows(_ name: String, keys: String) throws -> [[String]] {
        try fields(
          ["_ws.col.Protocol", "_ws.col.Info", "vpe.sequence"], of: "\(folder.path)/\(name)",
          keys: "\(folder.path)/\(keys)", ["-o", "vpe.all:TRUE"])
      }
      let port = try rows("port.pcap", keys: "keys.json5")
      #expect(port[0] == ["UDPENCAP", "NAT-keepalive", ""] && port[1][0] == "ISAKMP", "\(port)")
      #expect(port.allSatisfy { $0[2] == "" }, "\(port)")
      let zero = try rows("zero.pcap", keys: "zero-keys.json5")
      #expect(zero.map { $0[2] } == ["1", "2", ""] && zero[2][0] == "ISAKMP", "\(zero)")
      let unknown = try rows("zero.pcap", keys: "keys.json5")
      #expect(unknown.map { $0[2] } == ["", "2", ""], "\(unknown)")
    }
  }

  /// Without keys nothing is taken for VPE, but on request everything, and then only the header is shown.
  @Test func withoutKeys() throws {
    try withMadeCaptures("mixed") { folder in
      let names = ["vpe.sequence", "vpe.icv_good", "_ws.expert.message"]
      let none = try fields(names, of: "\(folder)/mixed.pcap", keys: nil)
      #expect(none.count == 32 && none.allSatisfy { $0[0] == "" })
      let all = try fields(names, of: "\(folder)/mixed.pcap", keys: nil, ["-o", "vpe.all:TRUE"])
      #expect(all[11] == ["1", "", "No key for this SPI and sender"])
      // A number of ESP's, read as what VPE has there.
      #expect(all[0][0] == "\(1 << 24)")
    }
  }
}
