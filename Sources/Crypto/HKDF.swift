import CIPsecMB

/// HKDF-Expand with SHA-256 (RFC 5869 section 2.3): keys from a secret that is one already.
public enum HKDF {
  private static let blockBytes = 64
  private static let digestBytes = 32

  /// `count` bytes, up to 255 digests, that follow from a secret of at most a block and `info`.
  /// - Throws: `CryptoError.library`.
  public static func expand(_ secret: KeyBytes, info: [UInt8], count: Int) throws -> KeyBytes {
    precondition(secret.count <= blockBytes && (1...255 * digestBytes).contains(count))
    let library = try CryptoLibrary.shared()
    return KeyBytes(count: count) { output in
      var last = KeyBytes(count: 0) { _ in }
      var (done, number) = (0, 0)
      while done < count {
        number += 1
        let text = KeyBytes(count: last.count + info.count + 1) { text in
          text.copyBytes(from: last.bytes)
          UnsafeMutableRawBufferPointer(rebasing: text[last.count...])
            .copyBytes(from: info + [UInt8(number)])
        }
        last = authenticated(text, secret, library)
        UnsafeMutableRawBufferPointer(rebasing: output[done...])
          .copyBytes(from: last.bytes.prefix(count - done))
        done += digestBytes
      }
    }
  }

  /// HMAC (RFC 2104).
  private static func authenticated(
    _ text: KeyBytes, _ secret: KeyBytes, _ library: CryptoLibrary
  ) -> KeyBytes {
    func digest(_ pad: UInt8, _ text: KeyBytes) -> KeyBytes {
      let whole = KeyBytes(count: blockBytes + text.count) { whole in
        whole.copyBytes(from: secret.bytes)
        for index in 0..<blockBytes { whole[index] ^= pad }
        UnsafeMutableRawBufferPointer(rebasing: whole[blockBytes...]).copyBytes(from: text.bytes)
      }
      return KeyBytes(count: digestBytes) { digest in
        guard let start = digest.baseAddress else { return }
        cimb_digest(library.manager, whole.memory.start, UInt64(whole.count), start)
      }
    }
    return digest(0x5C, digest(0x36, text))
  }
}
