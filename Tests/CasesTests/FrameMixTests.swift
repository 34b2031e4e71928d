import Cases
import Testing

@Suite struct FrameMixTests {
  private static func counts(_ mix: FrameMix) -> [Int: Int] {
    mix.lengths.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// IP packets of 40, 576 and 1500 bytes at 7 : 4 : 1, and CSIT's IMIX_v4_1.
  @Test(arguments: [
    ("imix", [64: 7, 594: 4, 1518: 1], 4342.0 / 12),
    ("imix-csit-ipv4", [64: 28, 570: 16, 1518: 4], 16984.0 / 48),
    ("imix-csit-ipv6", [78: 28, 570: 16, 1518: 4], 17376.0 / 48),
  ])
  func mixesHaveTheSharesOfTheirDefinition(word: String, shares: [Int: Int], mean: Double) throws {
    let mix = try #require(FrameMix(word))
    #expect(Self.counts(mix) == shares && mix.longest == 1518)
    #expect(abs(mix.mean - mean) < 1e-9)
  }

  /// Each length is spread evenly: after any part of the mix it is at most one frame from its share.
  @Test(arguments: ["imix", "imix-csit-ipv4", "imix-csit-ipv6"])
  func mixesAreSpreadEvenly(word: String) throws {
    let mix = try #require(FrameMix(word))
    let shares = Self.counts(mix)
    for count in 1...mix.lengths.count {
      let part = mix.lengths.prefix(count)
      for (bytes, share) in shares {
        let due = Double(share * count) / Double(mix.lengths.count)
        #expect(abs(Double(part.count { $0 == bytes }) - due) < 1, "\(bytes) in the first \(count)")
      }
    }
  }

  @Test func aGenomeKeepsItsOrder() {
    #expect(FrameMix("aaafg")?.lengths == [64, 64, 64, 1280, 1518])
    #expect(FrameMix("abcdefgz")?.lengths == [64, 128, 256, 512, 1024, 1280, 1518, 1518])
    #expect(FrameMix("A=570:B=99:aABAg")?.lengths == [64, 570, 99, 570, 1518])
  }

  @Test(arguments: [
    ("aAb", "has A, which has no length; say it before, such as A=570:aAb"),
    ("ahi", "has h, which has no length"), ("A=63:aA", "gives A 63 bytes; allowed are 64 to 1518"),
    ("A=1519:aA", "gives A 1519 bytes"), ("A=64:A=65:aA", "gives A two lengths"),
    ("A=64:B=65:aA", "gives B a length, but aA has no B"), ("imixx", "has i, which has no length"),
    ("A:aA", "has \"A\", where a letter has its length"),
  ])
  func aWordThatIsNoMixSaysWhy(word: String, fault: String) {
    #expect(FrameMix(word) == nil)
    #expect(FrameMix.fault(of: word)?.hasPrefix(fault) == true, "\(FrameMix.fault(of: word) ?? "no fault")")
  }

  @Test func readersHaveATitle() {
    #expect(FrameMix.title("imix") == "IMIX" && FrameMix.title("imix-csit-ipv6") == "IMIX CSIT IPv6")
    #expect(FrameMix.title("aaafg") == "IMIX aaafg")
    #expect(FrameMix.fault(of: "imix") == nil)
  }

  /// The longest frame of a mix determines buffers, and the mean determines rates in bits.
  @Test func valuesOfACaseFollow() {
    var values = AxisValues()
    values.frameBytes = 128
    #expect(values.frameLengths == [128] && values.meanFrameBytes == 128 && values.frameMix == nil)
    values[.frameBytes] = "imix"
    #expect(values.frameBytes == 1518 && values.frameLengths.count == 12)
    #expect(abs(values.meanFrameBytes - 361.8333) < 1e-3 && values.frameMix?.name == "imix")
  }
}
