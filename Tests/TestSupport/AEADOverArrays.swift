import Cases
import Crypto

/// Runs `body` with an AEAD whose key and scratch are its own and live as long as it runs.
package func withAEAD<Result>(
  _ algorithm: AEADAlgorithm, key: [UInt8], _ body: (AEAD) throws -> Result
) throws -> Result {
  let key = try AEADKey(algorithm, bytes: key)
  let scratch = try AEADScratch()
  return try withExtendedLifetime((key, scratch)) { try body(AEAD(key, scratch: scratch)) }
}

extension AEAD {
  /// Ciphertext and tag, one after the other.
  package func sealed(_ plaintext: [UInt8], nonce: [UInt8], additional: [UInt8] = []) -> [UInt8] {
    var bytes = plaintext + [UInt8](repeating: 0, count: AEADAlgorithm.tagBytes)
    bytes.withUnsafeMutableBytes { bytes in
      let start = bytes.baseAddress!
      withAdditional(additional) {
        seal(
          start, count: plaintext.count, nonce: nonce, additional: $0, additionalCount: additional.count,
          tag: start + plaintext.count)
      }
    }
    return bytes
  }

  /// The plaintext of ciphertext and tag, or nil where they do not fit.
  package func opened(_ sealed: [UInt8], nonce: [UInt8], additional: [UInt8] = []) -> [UInt8]? {
    var bytes = sealed
    let count = sealed.count - AEADAlgorithm.tagBytes
    let fits = bytes.withUnsafeMutableBytes { bytes in
      let start = bytes.baseAddress!
      return withAdditional(additional) {
        open(
          start, count: count, nonce: nonce, additional: $0, additionalCount: additional.count,
          tag: start + count)
      }
    }
    return fits ? Array(bytes.prefix(count)) : nil
  }

  private func withAdditional<Result>(_ bytes: [UInt8], _ body: (UnsafeRawPointer?) -> Result) -> Result {
    bytes.isEmpty ? body(nil) : bytes.withUnsafeBytes { body($0.baseAddress) }
  }
}
