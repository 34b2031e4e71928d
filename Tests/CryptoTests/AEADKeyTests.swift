import Cases
import Crypto
import Testing

@Suite struct AEADKeyTests {
  @Test(arguments: AEADAlgorithm.allCases)
  func takesKeysOfItsLengthOnly(algorithm: AEADAlgorithm) throws {
    for count in 0...64 where count != algorithm.keyBytes {
      #expect(throws: CryptoError.keyLength(algorithm: algorithm, bytes: count)) {
        try AEADKey(algorithm, bytes: [UInt8](repeating: 0, count: count))
      }
    }
    let key = try AEADKey(algorithm, bytes: [UInt8](repeating: 0, count: algorithm.keyBytes))
    #expect(key.algorithm == algorithm)
  }

  /// A key schedule of up to 15 round keys, and the powers of the hash key.
  @Test func memoryHoldsTheExpandedKey() {
    #expect(AEADKey.memoryBytes >= 15 * 16 + 8 * 16)
  }
}
