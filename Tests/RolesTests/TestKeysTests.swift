import Basics
import Cases
import Crypto
import Roles
import Testing
import Tunnel

/// Derived keys, by values that were computed by an independent program.
@Suite struct TestKeysTests {
  static let outputs: [(state: UInt64, outputs: [UInt64])] = [
    // The first are those of the reference implementation (Vigna's splitmix64.c).
    (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F, 0xF88B_B8A8_724C_81EC]),
    (1_234_567, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]),
    (.max, [0xE4D9_7177_1B65_2C20, 0xE99F_F867_DBF6_82C9, 0x382F_F84C_B272_81E9]),
  ]

  @Test(arguments: outputs) func splitMixHasKnownOutputs(state: UInt64, outputs: [UInt64]) {
    var random = SplitMix64(state: state)
    #expect(outputs.map { _ in random.next() } == outputs)
  }

  static let keys: [(seed: UInt64, direction: TestKeys.Direction, key: String, salts: [UInt32])] = [
    (
      0, .aToB, "b286e7e7c7280f2d52f26551746f8575af555973c2bb74869a94260da7491d5c",
      [0x7359_55AF, 0xF453_EFD6]
    ),
    (
      0, .bToA, "848a9e4b87665b3c640dcfcf8f511e5a2125be9a1f5e211aa4e4cba2e8de0aeb",
      [0x9ABE_2521, 0x4065_3B79]
    ),
    (
      42, .aToB, "804dd9f4de1bfcd717bcdbf183276c09c5a211d5595681cab3dac8da6f6fb5fe",
      [0xD511_A2C5, 0xED08_F9C6]
    ),
    (
      42, .bToA, "88d256c9db37025e65e4edea9ae3b58537bfdb6848130c7c1f96923b7ee9f7b8",
      [0x68DB_BF37, 0x70F6_D545]
    ),
    (
      .max, .aToB, "6fcf0def38694148a18ca87e5e849685720b0f500ef3714c545d92fbcac0f631",
      [0x500F_0B72, 0x6C18_F9EF]
    ),
    (
      .max, .bToA, "4b4339ca5117917d0eb39f2fdc6e5cc355d4c676e2630a4fc8876b7100bfdf81",
      [0x76C6_D455, 0xD6B7_7973]
    ),
  ]

  @Test(arguments: keys.indices, AEADAlgorithm.allCases)
  func keysFollowFromTheSeed(row: Int, algorithm: AEADAlgorithm) {
    let (seed, direction, key, salts) = Self.keys[row]
    let spi = direction == .aToB ? UInt32(0x0100_1000) : 0x0200_1000
    for usesESN in [false, true] {
      let keys = TestKeys(seed: seed, direction, algorithm: algorithm, usesESN: usesESN, windows: 3)
      #expect(keys.key.hex() == key.prefix(algorithm.keyBytes * 2))
      // What is drawn next, of which a longer key would be made.
      let next = UInt32(key.dropFirst(algorithm.keyBytes * 2).prefix(8), radix: 16)?.byteSwapped
      let salt = algorithm.keyBytes == 16 ? salts[0] : next ?? salts[1]
      #expect(keys.esp == ESPAssociation(spi: spi, salt: salt, usesESN: usesESN))
      #expect(keys.vpe == VPEAssociation(spi: spi, sender: UInt16(direction.rawValue), windows: 3))
    }
  }

  /// Associations that are renewed, 1,000 of them: a generation's SPIs are 1,024 above those before.
  @Test(
    arguments: [
      (.aToB, 0, 1, "2f29e07b84b5b79ef18e3e4116fdaa48", 4_261_885_893),
      (.bToA, 7, 1, "8f20402a918bffa008a9e276324ab8fc", 127_140_272),
      (.aToB, 3, 9, "14d76ce3fe9cf1c9fb4d7dd444139182", 3_810_944_847),
    ] as [(TestKeys.Direction, Int, Int, String, UInt32)])
  func generationsHaveKeysOfTheirOwn(
    direction: TestKeys.Direction, number: Int, generation: Int, key: String, salt: UInt32
  ) {
    let keys = TestKeys(
      seed: 42, direction, number: number, generation: generation, stride: TestKeys.stride(1000),
      algorithm: .aes128GCM, usesESN: true, windows: 1)
    let spi = UInt32(direction.rawValue) << 24 + 0x1000 + UInt32(1024 * generation + number)
    #expect(keys.key.hex() == key && keys.esp == ESPAssociation(spi: spi, salt: salt, usesESN: true))
  }

  /// SPIs stay below 24 bits, however often associations are renewed.
  @Test func spisComeAgainInTheEnd() {
    for generation in [8191, 8192, 1_000_001] {
      let keys = TestKeys(
        seed: 42, .aToB, number: 999, generation: generation, stride: 1024, algorithm: .aes128GCM,
        usesESN: true, windows: 1)
      #expect(keys.terms.spi == 0x0100_1000 + UInt32(generation % 8192 * 1024 + 999))
    }
  }
}
