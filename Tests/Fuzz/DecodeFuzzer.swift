import Cases
import Crypto
import Decoding
import Foundation
import Tunnel

/// Captures, as `vpebench decode` reads them.
enum DecodeFuzzer {
  /// Keys that nobody uses: whatever the packet, it is not authentic. The SPIs are those of the vectors.
  private static let secret = KnownAssociations(
    [
      KnownAssociation(
        .esp(ESPAssociation(spi: 0x0100_1000, salt: 1, usesESN: true), last: 0), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5A, count: 16), windowSize: 64),
      KnownAssociation(
        .esp(ESPAssociation(spi: 0x0100_1000, salt: 1, usesESN: false), last: 0), algorithm: .aes256GCM,
        key: [UInt8](repeating: 0x5A, count: 32), windowSize: 64, icvBytes: 12),
      KnownAssociation(
        .vpe(VPEAssociation(spi: 0x0100_1000, sender: 1, windows: 65536)), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5A, count: 16), windowSize: 64),
    ] + transport + others)

  /// The same headers, in transport mode.
  private static let transport =
    [
      KnownAssociation(
        .esp(ESPAssociation(spi: 0x0100_1000, salt: 1, usesESN: true), last: 0), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5B, count: 16), windowSize: 64, transport: .espTransport)
    ]
    + [FormatName.vpeTransportA, .vpeTransportB].map { format in
      KnownAssociation(
        .vpe(VPEAssociation(spi: 0x0100_1000, sender: 1, windows: 65536)), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5B, count: 16), windowSize: 64, transport: format)
    }

  /// Of every other format, under another SPI, so that none stands before ESP and VPE.
  private static let others: [KnownAssociation] = FormatName.ofTunnels.compactMap { format in
    guard format != .esp, format != .vpe, let cipher = format.facts.ciphers.first else { return nil }
    return KnownAssociation(
      .other(format, TunnelTerms(spi: 0x0100_1001, windows: 4, cipher: cipher)), algorithm: cipher,
      key: [UInt8](repeating: 0x5A, count: format.facts.secretBytes(cipher)), windowSize: 64)
  }

  /// What frames begin with, by the first byte: an even one means Ethernet, as most do.
  private static let linkTypes = [101, 0, 9, 12, 50, 108, 113, 228, 276].map { LinkType(rawValue: $0) }

  /// A frame: what it begins with, how many bytes were cut off, its bytes.
  static func frame(_ input: Input) {
    var input = input
    let choice = input.byte()
    let linkType: LinkType =
      choice & 1 == 0 ? .ethernet : linkTypes[Int(choice >> 1) % linkTypes.count]
    let cut = Int(input.word())
    let frame = Array(input.rest)
    // In an allocation of its own, so that AddressSanitizer knows where it ends.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: frame)
    for (known, mayBeKnown) in [(KnownAssociations(), false), (secret, true)] {
      var line = Line()
      let verdict = try? PacketDecoder(known).decode(
        CaptureReader.Frame(
          linkType, nanoseconds: 0, bytes: UnsafeRawBufferPointer(copy), wireCount: frame.count + cut),
        into: &line)
      guard let verdict else { fatalError("found: the crypto library does not start") }
      // IKE and keepalives are told by their outer headers alone.
      let impossible: [PacketVerdict] =
        [.new, .replayed, .tooOld, .malformed] + (mayBeKnown ? [] : [.forged, .unknownWindow])
      must(!impossible.contains(verdict), "\(verdict): \(line.text)")
      must(!line.bytes.isEmpty && line.bytes.allSatisfy { (0x20..<0x7F).contains($0) }, "no line of text")
    }
  }

  /// A whole file.
  static func file(_ bytes: [UInt8]) {
    withFile(bytes) { path in
      var lines = 0
      try? CaptureDecoding.run(path: path, keysFile: nil) { text in
        must(text.last == UInt8(ascii: "\n"), "a part of a line")
        lines += text.count { $0 == UInt8(ascii: "\n") }
      }
      // A header of 16 bytes each; gzip makes up to 1032 bytes of one.
      let most = bytes.starts(with: [0x1F, 0x8B]) ? bytes.count * 1032 : bytes.count
      must(lines <= most / 16 + 1, "more packets than the file can hold")
    }
  }
}
