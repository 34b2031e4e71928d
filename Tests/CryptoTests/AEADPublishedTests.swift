import Cases
import Crypto
import Foundation
import TestSupport
import Testing

/// Every vector that NIST (CAVP), Wycheproof, BoringSSL and OpenSSL have published for an AEAD on offer.
@Suite struct AEADPublishedTests {
  struct Question: Encodable {
    let source: String
  }

  struct Vector: Decodable {
    let id: String
    /// Why it is none for an AEAD on offer; nil if it is one.
    let skipped: String?
    let aead: String?
    let key: String?
    let nonce: String?
    let additional: String?
    let plaintext: String?
    let sealed: String?
    let isValid: Bool?
  }

  /// A set of vectors, and what it must hold: a count that changes means that something is no longer tested.
  struct Source: CustomTestStringConvertible, Sendable {
    let name: String
    /// Of each AEAD, how many must open, and how many must be refused.
    let tried: [AEADAlgorithm: [Int]]
    var skipped: [String: Int] = [:]

    var testDescription: String { name }
  }

  static let otherNonce = "nonce of another length than 12 bytes"
  static let otherTag = "tag of another length than 16 bytes"

  static let sources = [
    Source(
      name: "cavp-encrypt", tried: [.aes128GCM: [375, 0], .aes192GCM: [375, 0], .aes256GCM: [375, 0]],
      skipped: [otherNonce: 15750, otherTag: 6750]),
    Source(
      name: "cavp-decrypt",
      tried: [.aes128GCM: [179, 196], .aes192GCM: [185, 190], .aes256GCM: [184, 191]],
      skipped: [otherNonce: 15750, otherTag: 6750]),
    Source(
      name: "wycheproof-gcm",
      tried: [.aes128GCM: [40, 27], .aes192GCM: [37, 27], .aes256GCM: [39, 27]],
      skipped: [otherNonce: 119]),
    Source(name: "wycheproof-chacha", tried: [.chaCha20Poly1305: [256, 60]], skipped: [otherNonce: 9]),
    Source(name: "boringssl", tried: [.chaCha20Poly1305: [66, 0]]),
    Source(name: "openssl", tried: [.chaCha20Poly1305: [4, 1]]),
  ]

  @Test(arguments: sources) func everyVector(source: Source) throws {
    let answer = try Oracle.answers(of: "published_vectors.py", to: [Question(source: source.name)])
    let vectors = try JSONDecoder().decode([Vector].self, from: Data(answer[0].utf8))
    var skipped: [String: Int] = [:]
    var tried: [AEADAlgorithm: [Int]] = [:]
    for vector in vectors {
      if let reason = vector.skipped {
        skipped[reason, default: 0] += 1
        continue
      }
      let algorithm = try #require(AEADAlgorithm(rawValue: vector.aead ?? ""), "\(vector.id)")
      let isValid = try #require(vector.isValid)
      tried[algorithm, default: [0, 0]][isValid ? 0 : 1] += 1
      try tryOut(vector, algorithm, isValid: isValid)
    }
    #expect(tried == source.tried)
    #expect(skipped == source.skipped)
  }

  private func tryOut(_ vector: Vector, _ algorithm: AEADAlgorithm, isValid: Bool) throws {
    let plaintext = bytes(try #require(vector.plaintext))
    let sealed = bytes(try #require(vector.sealed))
    let nonce = bytes(try #require(vector.nonce))
    let additional = bytes(try #require(vector.additional))
    try withAEAD(algorithm, key: bytes(try #require(vector.key))) { aead in
      let opened = aead.opened(sealed, nonce: nonce, additional: additional)
      #expect(opened == (isValid ? plaintext : nil), "\(vector.id)")
      if isValid {
        #expect(aead.sealed(plaintext, nonce: nonce, additional: additional) == sealed, "\(vector.id)")
      }
    }
  }
}
