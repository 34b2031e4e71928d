import Basics
import Cases
import Crypto
import TestSupport
import Testing

/// Keys that are derived: published examples.
@Suite struct KeyDerivationTests {
  /// RFC 5869, appendices A.1 to A.3: pseudorandom key, info, output.
  static let published = [
    (
      "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    ),
    (
      "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
      (0xB0...0xFF).map { UInt8($0) }.hex(),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da"
        + "3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
    (
      "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04", "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    ),
  ]

  @Test(arguments: published)
  func expandsAsPublished(_ secret: String, _ info: String, _ output: String) throws {
    for count in [1, 31, 32, 33, output.count / 2] {
      let found = try HKDF.expand(KeyBytes(bytes(secret)), info: bytes(info), count: count)
      #expect(found.exposed.hex() == String(output.prefix(2 * count)))
    }
  }

  @Test func aPartIsAKeyOfItsOwn() {
    let whole = KeyBytes([1, 2, 3, 4, 5])
    #expect(whole.part(1..<4).exposed == [2, 3, 4] && whole.part(2..<2).count == 0)
  }

  /// NIST SP 800-38B, example 10: AES-256, a message of one block.
  @Test(arguments: [AEADAlgorithm.aes128GCM, .aes256GCM])
  func authenticatesAsPublished(_ cipher: AEADAlgorithm) throws {
    let key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
    let block = Self.block("6bc1bee22e409f96e93d7e117393172a")
    let tag = Self.block("28a7023f452e8f82bd4bf28d8c37c35c")
    try withAEAD(.aes256GCM, key: bytes(key)) { master in
      let derived = DerivedAEAD(master, for: cipher)
      #expect(derived.mac(block) == tag)
      // The cipher under derived bytes is the one under these bytes, packet by packet.
      for other in [Self.block("000102030405060708090a0b0c0d0e0f"), tag, block] {
        let whole = Self.array(other) + (cipher == .aes256GCM ? Self.array(tag) : [])
        let nonce = [UInt8](repeating: 7, count: 12)
        let sealed = derived.expanded(other, tag).sealed([1, 2, 3], nonce: nonce, additional: [4])
        let same = try withAEAD(cipher, key: whole) { $0.sealed([1, 2, 3], nonce: nonce, additional: [4]) }
        #expect(sealed == same)
      }
    }
  }

  private static func block(_ digits: String) -> SIMD2<UInt64> {
    bytes(digits).withUnsafeBytes { $0.loadUnaligned(as: SIMD2<UInt64>.self) }
  }

  private static func array(_ block: SIMD2<UInt64>) -> [UInt8] {
    withUnsafeBytes(of: block) { Array($0) }
  }
}
