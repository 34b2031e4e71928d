import Experiments
import Roles
import Testing

/// The seed of a sample: tools outside of the suite compute it too, so it must never change.
@Suite struct RunSeedTests {
  // Computed in Python from the definition beside the function.
  @Test(arguments: [
    (UInt64(1), "vpe-aes128gcm-64B-2t-0h", 0, UInt64(0xFBC6_F7E9_5B74_B672)),
    (UInt64(1), "vpe-aes128gcm-64B-2t-0h", 1, UInt64(0xF8F6_58FA_3737_EAD8)),
    (UInt64(1), "esp-single-aes128gcm-64B-2t-0h", 0, UInt64(0x69CD_2E07_A9D8_3A2F)),
    (UInt64(2), "vpe-aes128gcm-64B-2t-0h", 0, UInt64(0x7E44_0005_E23A_8A0E)),
    (UInt64(0), "", 0, UInt64(0xC381_7C01_6BA4_FF30)),
  ])
  func itFollowsFromItsDefinition(descriptor: UInt64, name: String, sample: Int, seed: UInt64) {
    #expect(CasePlan.seed(descriptor, case: name, sample: sample) == seed)
  }

  @Test func everySampleHasAKeyOfItsOwn() {
    let names = ["vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-1420B-2t-0h", "esp-single-aes128gcm-64B-2t-0h"]
    let seeds = names.flatMap { name in (0..<10_000).map { CasePlan.seed(1, case: name, sample: $0) } }
    #expect(Set(seeds).count == seeds.count)
  }
}
