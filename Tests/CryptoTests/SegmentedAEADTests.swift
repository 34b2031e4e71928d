import Basics
import Cases
import Crypto
import TestSupport
import Testing

/// What calls for pieces make of data is what one call makes of the same bytes.
@Suite struct SegmentedAEADTests {
  /// Seals or opens bytes in pieces that end at `cuts` and at the end.
  private func run(_ aead: SegmentedAEAD, _ bytes: inout [UInt8], cuts: [Int], isSealing: Bool) {
    var start = 0
    for end in cuts + [bytes.count] {
      bytes.withUnsafeMutableBytes {
        let piece = $0.baseAddress! + start
        if isSealing { aead.seal(piece, count: end - start) } else { aead.open(piece, count: end - start) }
      }
      start = end
    }
  }

  /// Ciphertext and tag from calls for pieces.
  private func sealed(
    _ aead: SegmentedAEAD, _ plaintext: [UInt8], nonce: [UInt8], additional: [UInt8], cuts: [Int]
  ) -> [UInt8] {
    aead.begin(nonce: nonce, additional: additional, additionalCount: additional.count)
    var bytes = plaintext
    run(aead, &bytes, cuts: cuts, isSealing: true)
    var tag = [UInt8](repeating: 0, count: 16)
    tag.withUnsafeMutableBytes { aead.endSealing(tag: $0.baseAddress!) }
    return bytes + tag
  }

  @Test(arguments: AEADAlgorithm.allCases, [0, 8, 12])
  func everyCutGivesTheSame(algorithm: AEADAlgorithm, additionalCount: Int) throws {
    var generator = SplitMix64(state: 11)
    try withAEAD(algorithm, key: generator.bytes(algorithm.keyBytes)) { whole in
      let aead = SegmentedAEAD(whole, algorithm)
      for count in [1, 16, 33, 300] {
        let (plaintext, nonce) = (generator.bytes(count), generator.bytes(12))
        let additional = generator.bytes(additionalCount)
        let expected = whole.sealed(plaintext, nonce: nonce, additional: additional)
        for cut in 1...count {
          // A piece of a byte between two others.
          let cuts = [cut - 1, cut].filter { (1..<count).contains($0) }
          let found = sealed(aead, plaintext, nonce: nonce, additional: additional, cuts: cuts)
          #expect(found == expected, "\(count) bytes cut at \(cuts)")
          var bytes = Array(expected.prefix(count))
          aead.begin(nonce: nonce, additional: additional, additionalCount: additionalCount)
          run(aead, &bytes, cuts: cuts, isSealing: false)
          let tag = expected.suffix(16).withUnsafeBytes { $0.loadUnaligned(as: SIMD2<UInt64>.self) }
          #expect(aead.endOpening(tag: tag) && bytes == plaintext, "\(count) bytes cut at \(cuts)")
        }
      }
    }
  }

  @Test(arguments: AEADAlgorithm.allCases) func everyBitOfTheTagCounts(algorithm: AEADAlgorithm) throws {
    var generator = SplitMix64(state: 12)
    try withAEAD(algorithm, key: generator.bytes(algorithm.keyBytes)) { whole in
      let aead = SegmentedAEAD(whole, algorithm)
      let (plaintext, nonce) = (generator.bytes(100), generator.bytes(12))
      let sealed = whole.sealed(plaintext, nonce: nonce)
      for bit in 0..<128 {
        var bytes = Array(sealed.prefix(100))
        aead.begin(nonce: nonce, additional: nil, additionalCount: 0)
        run(aead, &bytes, cuts: [50], isSealing: false)
        var tag = sealed.suffix(16).withUnsafeBytes { $0.loadUnaligned(as: SIMD2<UInt64>.self) }
        tag[bit / 64] ^= 1 << UInt64(bit % 64)
        #expect(!aead.endOpening(tag: tag), "bit \(bit)")
      }
    }
  }
}
