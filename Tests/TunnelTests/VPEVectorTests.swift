import Basics
import Cases
import Crypto
import Foundation
import TestSupport
import Testing
import Tunnel
import Wire

/// `docs/vpe-vectors.json`, which others may check their VPE with.
@Suite struct VPEVectorTests {
  struct File: Decodable {
    let vectors: [Vector]
  }

  struct Vector: Decodable {
    let name: String
    let aead: String
    let key: String
    let spi: UInt32
    let sender: UInt16
    let window: UInt16
    let sequence: String
    let inner: String
    let padding: String
    let packet: String
    let udpPort: UInt16?
    let outer: String
    let opens: Bool
    let change: String?

    enum CodingKeys: String, CodingKey {
      case name, aead, key, spi, sequence, inner, padding, packet, outer, opens, change
      case sender = "sender_id"
      case window = "window_id"
      case udpPort = "udp_port"
    }

    var association: VPEAssociation { VPEAssociation(spi: spi, sender: sender, windows: 0x10000) }
  }

  private static let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/vpe-vectors.json")

  private let data: Data
  private let vectors: [Vector]

  init() throws {
    data = try Data(contentsOf: Self.url)
    vectors = try JSONDecoder().decode(File.self, from: data).vectors
  }

  @Test func thereAreAsManyAsTheScriptMakes() throws {
    let counts = Dictionary(grouping: vectors, by: \.aead).mapValues(\.count)
    #expect(counts == Dictionary(uniqueKeysWithValues: AEADAlgorithm.allCases.map { ($0.rawValue, 94) }))
    #expect(vectors.count { !$0.opens } == AEADAlgorithm.allCases.count * 30)
    // A nonce serves a key once.
    #expect(Set(vectors.map(\.key)).count == vectors.count)
  }

  @Test func theScriptMakesTheFile() throws {
    let lines = try Oracle.output(of: "vpe_vectors.py")
    #expect(Data(lines.utf8) == data, "docs/vpe-vectors.json is not what Tests/oracles/vpe_vectors.py prints")
  }

  @Test func theSealerSealsTheSame() throws {
    for vector in vectors where vector.opens {
      let algorithm = try #require(AEADAlgorithm(rawValue: vector.aead))
      let sequence = try #require(UInt64(vector.sequence))
      try withAEAD(algorithm, key: bytes(vector.key)) { aead in
        var sealer = VPESealer(
          vector.association, window: vector.window, aead: aead, sequence: sequence - 1)
        let sealed = try sealer.sealed(bytes(vector.inner + vector.padding))
        #expect(sealed.hex() == vector.packet, "\(vector.name)")
      }
    }
  }

  @Test func theOpenerOpensThem() throws {
    for vector in vectors {
      let algorithm = try #require(AEADAlgorithm(rawValue: vector.aead))
      let packet = bytes(vector.packet)
      // Where the sender was changed, a receiver that knows such a one must refuse the packet all the same.
      var association = vector.association
      association.sender = UInt16(packet[0]) | UInt16(packet[1]) << 8
      let version = UInt8(vector.inner.prefix(1))
      try withAEAD(algorithm, key: bytes(vector.key)) { aead in
        withWindows(count: 0x10000) { windows in
          var opener = VPEOpener(association, aead: aead, windows: windows)
          let outcome = opener.opened(packet)
          let expected: Outcome =
            vector.opens
            ? .inner(bytes(vector.inner), version: version ?? 0) : .refused(.authentication)
          #expect(outcome == expected, "\(vector.name)")
          #expect(opener.opened(packet).reason == (vector.opens ? .replayed : .authentication))
        }
      }
    }
  }

  /// The VPE packet ends the outer one, whose lengths are right.
  @Test func theOuterPacketCarriesIt() {
    for vector in vectors {
      let outer = bytes(vector.outer)
      let header = IPv4.headerBytes + (vector.udpPort == nil ? 0 : UDP.headerBytes)
      #expect(Array(outer.dropFirst(header)) == bytes(vector.packet), "\(vector.name)")
      outer.withUnsafeBytes { raw in
        let at = raw.baseAddress!
        #expect(IPv4.packetLength(at, count: outer.count) == outer.count)
        #expect(Checksum.isValidHeader20(at))
        let number = at.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self)
        #expect(number == (vector.udpPort == nil ? IPv4.protocolESP : IPv4.protocolUDP))
        if let port = vector.udpPort {
          let udp = at + IPv4.headerBytes
          #expect(udp.loadBig(UDP.destinationOffset, as: UInt16.self) == port)
          #expect(
            Int(udp.loadBig(UDP.lengthOffset, as: UInt16.self)) == outer.count - IPv4.headerBytes)
        }
      }
    }
  }
}
