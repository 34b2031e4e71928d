import Cases
import Crypto
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// What a thread writes for each packet shares no cache line with another thread's.
  @Suite struct OwnLinesTests {
    @Test(arguments: System.allCases.filter(System.gateways.contains), Beside.allCases)
    func stagesShareNoLine(_ model: System, _ beside: Beside) throws {
      guard let plan = beside.plan(model) else { return }
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      let counters = topology.stages.flatMap(\.counters.memory)
      #expect(topology.stages.count > 4 && counters.count == 2 * topology.stages.count)
      // A stage that only counts has no memory but that.
      Self.expectApart((topology.stages.map(\.memory) + counters).filter { $0.count > 0 })
      guard let stage = beside.stage else { return }
      #expect(topology.report().stages.contains { $0.stage == stage })
    }

    /// What runs beside the threads of a gateway, or makes others of them.
    enum Beside: CaseIterable {
      case nothing, steering, renewal, filling, cutting, cuttingOutside, impairment

      /// A stage that only this has.
      var stage: String? {
        switch self {
        case .nothing, .renewal: nil
        case .steering: "steer"
        case .filling: FillPackets.stage
        case .cutting: FragmentStages.cut
        case .cuttingOutside: FragmentStages.reassemble
        case .impairment: "impair"
        }
      }

      /// nil for a system without it.
      func plan(_ model: System) -> CasePlan? {
        var plan = TestHost.plan(model, threads: min(8, model.threadCounts.upperBound))
        plan.inFlightFrames = 2048
        switch self {
        case .nothing: break
        case .steering:
          guard model.runsInParallel else { return nil }
          plan.steering = .software
        case .renewal:
          guard model.renews else { return nil }
          plan.rekeyMilliseconds = 600_000
        case .filling:
          guard model.pads else { return nil }
          plan.fillRate = 20
        case .cutting, .cuttingOutside:
          guard model.hasFragments else { return nil }
          (plan.threads, plan.fragments) = (2, self == .cutting ? .copied : .outer)
        case .impairment:
          guard model != .null else { return nil }
          plan.impairment = Impairment()
          plan.impairment?.replayedPercent = 10
        }
        return plan
      }
    }

    /// Whole lines, each of one piece.
    private static func expectApart(
      _ memories: [UnsafeRawBufferPointer], sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let size = UInt(CacheLines.bytes)
      var owners: [UInt: Int] = [:]
      for (index, memory) in memories.enumerated() {
        let start = UInt(bitPattern: memory.baseAddress)
        #expect(start % size == 0, "piece \(index)", sourceLocation: sourceLocation)
        for line in (start / size)...((start + UInt(memory.count) - 1) / size) {
          let other = owners.updateValue(index, forKey: line)
          #expect(other == nil, "piece \(index)", sourceLocation: sourceLocation)
        }
      }
    }

    /// Made right after each other, as those of threads are.
    @Test func countersAndHistogramsShareNoLine() {
      let counters = (0..<16).map { _ in StageCounters() }
      let histograms = (0..<16).map { _ in TickHistogram() }
      defer {
        counters.forEach { $0.deallocate() }
        histograms.forEach { $0.deallocate() }
      }
      Self.expectApart(counters.flatMap(\.memory) + histograms.map(\.memory))
    }

    /// The crypto library's working memory, written by each call.
    @Test func scratchesShareNoLine() throws {
      let scratches = try (0..<16).map { _ in try AEADScratch() }
      Self.expectApart(scratches.map(\.memory))
      withExtendedLifetime(scratches) {}
    }

    /// What the others write at each pass, and the flag that all of them read.
    @Test func theOthersOfACostShareNoLine() throws {
      guard TestHost.cpus.count > 1 else { return }
      let company = try TestHost.shared().costCompany()
      #expect(company.memory.count == company.passes.count + 1)
      Self.expectApart(company.memory)
    }

    @Test func memoryOfItsOwnHasLinesOfItsOwn() {
      let size = UInt(CacheLines.bytes)
      let pieces = (1...200).map { (UnsafeMutableRawPointer.allocateLines($0), UInt($0)) }
      defer { pieces.forEach { $0.0.deallocate() } }
      let sorted = pieces.map { (UInt(bitPattern: $0.0), $0.1) }.sorted { $0.0 < $1.0 }
      for (one, next) in zip(sorted, sorted.dropFirst()) {
        #expect(one.0 % size == 0 && (one.0 + one.1 - 1) / size < next.0 / size)
      }
    }
  }
}
