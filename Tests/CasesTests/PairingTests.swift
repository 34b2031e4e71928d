import Cases
import Testing

@Suite struct PairingTests {
  private static func point(
    _ system: System, threads: Int = 2, frame: Int = 64, link: LinkKind = .ring,
    _ axes: [String: String] = [:]
  ) -> CaseCoordinates {
    let further = axes.sorted { $0.key < $1.key }.map { "-\($0.value)" }.joined()
    return CaseCoordinates(
      name: "\(system.rawValue)-aes128gcm-\(frame)B-\(threads)t-0h\(further)", system: system.rawValue,
      aead: "aes128gcm", threads: threads, frameBytes: frame, extraHeadroomBytes: 0, link: link.rawValue,
      axes: axes)
  }

  private static func pairs(_ cases: [CaseCoordinates]) -> [String] {
    Pairing.pairs(of: cases) { _ in nil }.map { "\($0.title): \($0.first.name) \($0.second.name)" }
  }

  /// Which cases are compared with VPE at 4 threads, and which are not.
  @Test(arguments: [
    (point(.espSingle, threads: 4), true), (point(.espSingle, threads: 2), false),
    (point(.espSingle, threads: 5), false), (point(.espPipeline, threads: 4), true),
    (point(.espPipeline, threads: 5), true), (point(.espPipeline, threads: 3), true),
    (point(.espPipeline, threads: 6), false), (point(.espPipelinePaper, threads: 2), false),
    (point(.espPipelinePaper, threads: 5), true), (point(.espPipelinePaper, threads: 3), true),
    (point(.espMultiSA, threads: 4), true), (point(.espMultiSA, threads: 4, frame: 128), false),
    (point(.espMultiSA, threads: 4, link: .veth), false), (point(.null, threads: 4), false),
    (point(.espSingle, threads: 4, ["esn": "false"]), true),
    (point(.espMultiSA, threads: 4, ["seal_threads": "3"]), false),
  ])
  func aPointIsOneOfTheSameLoad(other: CaseCoordinates, isPair: Bool) {
    let first = Self.point(.vpe, threads: 4)
    #expect(Self.pairs([other, first]).count == (isPair ? 1 : 0))
  }

  @Test(arguments: ["window_size", "replayed_percent", "tunnels", "packet_bytes", "an_unknown_axis"])
  func valuesThatBothHaveAgree(axis: String) {
    let first = Self.point(.vpe, [axis: "64"])
    let others = ["64", "65"].map { Self.point(.espSingle, [axis: $0]) }
    #expect(Pairing.pairs(of: others + [first]) { _ in nil }.map(\.second) == [others[0]])
  }

  /// A mix with a mean of 362 bytes is not the same as frames of 362 bytes.
  @Test func aMixIsNoLength() {
    let first = Self.point(.vpe, frame: 362, ["frame_mix": "imix"])
    let others = [[:], ["frame_mix": "aaafg"], ["frame_mix": "imix"]].map {
      Self.point(.espSingle, frame: 362, $0)
    }
    #expect(Pairing.pairs(of: others + [first]) { _ in nil }.map(\.second) == [others[2]])
    #expect(Pairing.groups(of: others + [first]) == [[0], [1], [2, 3]])
  }

  @Test func aPipelineHasAWindowOfItsOwn() {
    let cases = [
      Self.point(.vpe, ["window_size": "1024"]), Self.point(.espPipeline, ["window_size": "8192"]),
    ]
    #expect(Self.pairs(cases).count == 1)
  }

  @Test(arguments: [([3, 5, 4], 4), ([3, 5], 5), ([5, 3], 5), ([3], 3), ([2, 6], nil)])
  func asManyThreadsComeBeforeOneMoreAndThatBeforeOneFewer(known: [Int], chosen: Int?) {
    let cases = known.map { Self.point(.espPipeline, threads: $0) } + [Self.point(.vpe, threads: 4)]
    #expect(Pairing.pairs(of: cases) { _ in nil }.map(\.second.threads) == [chosen].compactMap(\.self))
  }

  /// Figure 6 and its quick profile: each point of VPE's has one of the pipeline's, the last one included.
  @Test(arguments: [
    (
      Array(stride(from: 2, through: 38, by: 2)), Array(stride(from: 3, through: 37, by: 2)),
      Array(stride(from: 3, through: 37, by: 2)) + [37]
    ),
    ([2, 4, 8, 18, 38], [3, 5, 9, 19, 37], [3, 5, 9, 19, 37]),
  ])
  func everyPointOfFigureSixHasOneOfThePipelines(vpe: [Int], esp: [Int], paired: [Int]) {
    let cases =
      vpe.map { Self.point(.vpe, threads: $0) } + esp.map { Self.point(.espPipelinePaper, threads: $0) }
    let pairs = Pairing.pairs(of: cases) { _ in nil }
    #expect(pairs.map(\.first.threads) == vpe && pairs.map(\.second.threads) == paired)
    // The compared cases are measured next to each other, unless two of VPE's have the same one of the
    // pipeline's.
    let groups = Pairing.groups(of: cases).map { $0.map { cases[$0] } }
    let apart = pairs.filter { pair in
      !groups.contains { $0.contains(pair.first) && $0.contains(pair.second) }
    }
    #expect(apart.count == vpe.count - Set(paired).count)
  }

  @Test func ofAPeerTheBestThatChecksForReplayCounts() {
    let modes: [(mode: PeerMode, carried: Double)] = [(.legacy, 9), (.lookaside, 2), (.cpuCrypto, 3)]
    let peers = modes.map { Self.point(.ipsecSecgw, link: .memif, ["peer_mode": $0.mode.rawValue]) }
    let cases = peers + [Self.point(.espSingle, link: .memif)]
    let pairs = Pairing.pairs(of: cases) { point in
      modes.first { $0.mode.rawValue == point.axes["peer_mode"] }?.carried
    }
    #expect(pairs.map(\.title) == ["ESP / DPDK's cpu-crypto"])
  }

  @Test func threadsOfAGatewayAloneDoNotCount() {
    let cases = [
      Self.point(.vpe, threads: 2, link: .memif), Self.point(.espPipeline, threads: 6, link: .memif),
    ]
    #expect(Self.pairs(cases).count == 1)
  }

  @Test func neighboursHaveTheSameLoad() {
    let cases = [
      Self.point(.vpe, threads: 4), Self.point(.espPipeline, threads: 5), Self.point(.vpe, threads: 6),
      Self.point(.espSingle, threads: 4, ["tunnels": "10"]), Self.point(.vpe, threads: 4, ["flows": "1"]),
    ]
    #expect(Pairing.groups(of: cases) == [[0, 1, 3], [2], [4]])
  }
}
