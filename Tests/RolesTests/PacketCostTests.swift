import Dataplane
import Roles
import Testing

@Suite struct PacketCostTests {
  /// Full bursts at this many ticks a packet.
  static func bursts(_ count: Int, ticks: UInt64) -> TickCounts {
    TickCounts(burstTicks: Array(repeating: ticks * 64, count: count))
  }

  static func cost(_ bursts: TickCounts, packets: UInt64? = nil) -> PacketCost? {
    PacketCost(packets: packets ?? bursts.bursts * 64, ticks: (packets ?? bursts.bursts * 64) * 200, bursts)
  }

  @Test func aLowQuantileIsUndisturbedAndTheMeanIsNot() throws {
    // Half of the bursts are disturbed.
    let cost = try #require(Self.cost(Self.bursts(50, ticks: 100) + Self.bursts(50, ticks: 300)))
    #expect(cost.mean == 200)
    #expect(abs(try #require(cost.undisturbed) - 100) < 1 && cost.primary == cost.undisturbed)
  }

  @Test func fewFullBurstsTellNothing() throws {
    #expect(try #require(Self.cost(Self.bursts(31, ticks: 100))).undisturbed == nil)
    #expect(try #require(Self.cost(Self.bursts(32, ticks: 100))).undisturbed != nil)
    #expect(try #require(Self.cost(Self.bursts(31, ticks: 100))).primary == 200)
  }

  @Test func rareFullBurstsAreNotWhatTheStageDoes() throws {
    let bursts = Self.bursts(100, ticks: 100)
    #expect(try #require(Self.cost(bursts, packets: 4 * 6400)).undisturbed != nil)
    #expect(try #require(Self.cost(bursts, packets: 4 * 6400 + 1)).undisturbed == nil)
    #expect(PacketCost(packets: 0, ticks: 0, TickCounts()) == nil)
  }

  @Test func stagesInTurnAddUp() {
    let low = PacketCost(mean: 150, undisturbed: 100), high = PacketCost(mean: 350, undisturbed: 300)
    #expect(PacketCost(inTurn: [low, high]) == PacketCost(mean: 500, undisturbed: 400))
    let silent = PacketCost(mean: 50, undisturbed: nil)
    #expect(PacketCost(inTurn: [low, silent]) == PacketCost(mean: 200, undisturbed: nil))
    #expect(PacketCost(inTurn: [low, nil]) == nil && PacketCost(inTurn: []) == nil)
  }

  @Test func disturbanceIsAllMeansOverAllUndisturbedCosts() {
    let low = PacketCost(mean: 150, undisturbed: 100), high = PacketCost(mean: 350, undisturbed: 300)
    #expect(PacketCost.disturbance(of: [low]) == 1.5)
    #expect(PacketCost.disturbance(of: [low, high]) == 1.25)
    let silent = PacketCost(mean: 50, undisturbed: nil)
    #expect(PacketCost.disturbance(of: [low, silent]) == nil && PacketCost.disturbance(of: []) == nil)
  }

  @Test func stagesThatAreAlikeAverageByTheirPackets() {
    let low = PacketCost(mean: 150, undisturbed: 100), high = PacketCost(mean: 350, undisturbed: 300)
    func alike(_ costs: [(cost: PacketCost, packets: UInt64)]) -> PacketCost? { PacketCost(alike: costs) }
    let mixed = alike([(low, 300), (high, 100)])
    #expect(mixed?.mean == 200 && mixed?.undisturbed == 150)
    // One that cannot tell is as the others, unless it has most of the packets.
    let silent = PacketCost(mean: 400, undisturbed: nil)
    let half = alike([(low, 50), (silent, 50)]), most = alike([(low, 49), (silent, 51)])
    #expect(half?.undisturbed == 100)
    #expect(most != nil && most?.undisturbed == nil)
    #expect(alike([]) == nil)
  }
}

extension OnDPDK {
  @Suite struct CoreProbeTests {
    @Test func everyCoreTellsWhatItCanDo() throws {
      let host = try TestHost.shared()
      let found = try host.probe()
      // No core of x86-64 is slower or faster, whatever else runs on it.
      #expect((0.1...10).contains(try #require(found.coreGHz)))
      #expect((0.05...16).contains(try #require(found.issueRate)))
      if TestHost.cpus.count > 1, Set(TestHost.cpus).count > 1 {
        if let ticks = found.handOverTicks { #expect(ticks > 10) }
      } else {
        #expect(found.handOverTicks == nil || Set(TestHost.cpus).count == 1)
      }
    }

    @Test func aCostBenchTellsItsHistogram() throws {
      var plan = CostPlan(
        system: .raw, operations: [.seal], aead: "aes-128-gcm", packetBytes: 64, seed: 1)
      (plan.packets, plan.packetsInFlight) = (8192, 1024)
      let tally = try #require(try TestHost.shared().measure(plan).tallies.first)
      let cost = try #require(tally.cost)
      #expect(tally.fullBursts.bursts * 64 == tally.packets, "each batch that was not interrupted counts")
      let least = try #require(tally.fullBursts.quantile(0))
      #expect(try #require(cost.undisturbed) >= least && least > 0)
    }
  }
}
