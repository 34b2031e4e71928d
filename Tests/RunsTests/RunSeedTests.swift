import Roles
import Runs
import Testing

/// The seed of a sample: tools outside of the suite compute it too, so it must never change.
@Suite struct RunSeedTests {
  // Computed in Python from the definition beside the function.
  @Test(arguments: [
    (UInt64(1), "vpe-aes128gcm-64B-2t-0h", 0, UInt64(0x0000_0000_0000_0000), UInt64(0x4768_0D98_4F2C_266A)),
    (UInt64(1), "vpe-aes128gcm-64B-2t-0h", 0, UInt64(0x0000_0000_0000_0001), UInt64(0x4393_60F0_1C10_B6FC)),
    (UInt64(1), "vpe-aes128gcm-64B-2t-0h", 1, UInt64(0xFEDC_BA98_7654_3210), UInt64(0x265F_E1B2_31DF_4BAD)),
    (
      UInt64(1), "esp-single-aes128gcm-64B-2t-0h", 0, UInt64(0xFFFF_FFFF_FFFF_FFFF),
      UInt64(0x1096_0BDA_65E1_624B)
    ),
    (UInt64(2), "vpe-aes128gcm-64B-2t-0h", 0, UInt64(0x0000_0000_0000_0001), UInt64(0x7C42_1EEA_6815_6319)),
    (UInt64(0), "", 0, UInt64(0x0000_0000_0000_0000), UInt64(0x21FA_69A5_8F3D_62F5)),
  ])
  func itFollowsFromItsDefinition(descriptor: UInt64, name: String, sample: Int, run: UInt64, seed: UInt64) {
    #expect(CasePlan.seed(descriptor, case: name, sample: sample, run: RunID(value: run)) == seed)
  }

  @Test func everySampleHasAKeyOfItsOwn() {
    let run = RunID.drawn()
    let names = ["vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-1420B-2t-0h", "esp-single-aes128gcm-64B-2t-0h"]
    let seeds = names.flatMap { name in
      (0..<10_000).map { CasePlan.seed(1, case: name, sample: $0, run: run) }
    }
    #expect(Set(seeds).count == seeds.count)
  }

  @Test func aSampleHasOtherKeysInEachRun() {
    let runs = (0..<10_000).map { _ in RunID.drawn() }
    let seeds = runs.map { CasePlan.seed(1, case: "vpe-aes128gcm-64B-2t-0h", sample: 0, run: $0) }
    #expect(Set(seeds).count == seeds.count)
  }

  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("00000000000000ff", 255), ("FfFfFfFfFfFfFfFf", UInt64.max), ("", nil),
      ("00000000000000000", nil), ("-1", nil), ("+1", nil), ("0x1", nil), ("g", nil), (" 1", nil), ("٣", nil),
    ] as [(String, UInt64?)])
  func aRunIDIsHexadecimal(text: String, value: UInt64?) {
    #expect(RunID(text)?.value == value)
    if let value {
      #expect(RunID("\(RunID(value: value))")?.value == value)
      #expect("\(RunID(value: value))".count == 16)
    }
  }
}
