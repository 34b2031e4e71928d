import Crypto
import Dataplane
import Decoding
import Experiments
import Foundation
import Tunnel

/// Captures, as `vpebench decode` reads them.
enum DecodeFuzzer {
  /// Keys that nobody uses: whatever the packet, it is not authentic. The SPIs are those of the vectors.
  private static let secret = KnownAssociations(
    [
      KnownAssociation(
        .esp(ESPAssociation(spi: 0x0100_1000, salt: 1, isExtended: true), last: 0), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5A, count: 16), windowSize: 64),
      KnownAssociation(
        .vpe(VPEAssociation(spi: 0x0100_1000, sender: 1, windows: 65536)), algorithm: .aes128GCM,
        key: [UInt8](repeating: 0x5A, count: 16), windowSize: 64),
    ])

  /// A frame: whether it has an Ethernet header, how many bytes were cut off, its bytes.
  static func frame(_ input: Input) {
    var input = input
    let isEthernet = input.byte() & 1 == 0
    let cut = Int(input.word())
    let frame = Array(input.rest)
    // In an allocation of its own, so that AddressSanitizer knows where it ends.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: frame)
    for (known, mayBeKnown) in [(KnownAssociations(), false), (secret, true)] {
      let decoded = try? PacketDecoder(known).decode(
        CaptureReader.Frame(
          nanoseconds: 0, bytes: UnsafeRawBufferPointer(copy), wireCount: frame.count + cut),
        isEthernet ? .ethernet : .rawIP)
      guard let decoded else { fatalError("found: the crypto library does not start") }
      let possible: [PacketVerdict] =
        mayBeKnown
        ? [.forged, .noKey, .tooShort, .cutOff, .unknownWindow, .other]
        : [.noKey, .tooShort, .cutOff, .other]
      must(possible.contains(decoded.verdict), "\(decoded)")
      must(!decoded.description.contains("\n"), "more than a line")
    }
  }

  /// A whole file.
  static func file(_ bytes: [UInt8]) {
    withFile(bytes) { path in
      var lines = 0
      try? CaptureDecoding.run(path: path, keysFile: nil) { line in
        must(!line.contains("\n"), "more than a line")
        lines += 1
      }
      must(lines <= bytes.count / 8 + 1, "more packets than the file can hold")
    }
  }
}
