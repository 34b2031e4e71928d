import Cases
import Glibc
import Roles
import Testing

extension OnDPDK {
  /// Topologies come and go in a run of hours: what they take they give back.
  @Suite struct MemoryTests {
    static let plans: [CasePlan] = {
      var plans = [System.null, .espSingle, .espPipeline, .espMultiSA, .vpe].map {
        TestHost.plan($0, threads: $0 == .null || $0 == .espSingle ? 2 : 8)
      }
      var steered = TestHost.plan(.vpe, threads: 6)
      steered.steering = .software
      steered.sealThreads = 2
      var uneven = TestHost.plan(.espMultiSA, threads: 9)
      uneven.sealThreads = 7
      var handMade = TestHost.plan(.espPipeline)
      handMade.assignment = try? Assignments.handMade().last
      handMade.threads = handMade.assignment?.threads ?? 0
      plans += [steered, uneven, handMade]
      return plans.map {
        var plan = $0
        plan.inFlightFrames = 256
        return plan
      }
    }()

    /// Bytes that are allocated now, all arenas together.
    static func allocated() throws -> Int {
      var text: UnsafeMutablePointer<CChar>?
      var count = 0
      let stream = try #require(open_memstream(&text, &count))
      try #require(mallocInfo(0, stream) == 0)
      fclose(stream)
      defer { free(text) }
      let report = String(cString: try #require(text))
      // The totals over all arenas come last.
      func last(_ kind: String) throws -> Int {
        let sizes = report.matches(
          of: try Regex("<\(kind)[^>]*size=\"([0-9]+)\"", as: (Substring, Substring).self))
        return try #require(sizes.last.flatMap { Int($0.output.1) }, "\(report)")
      }
      return try last("system type=\"current\"") - last("total type=\"fast\"") - last("total type=\"rest\"")
        + last("total type=\"mmap\"")
    }

    @Test func topologiesGiveBackWhatTheyTook() throws {
      let host = try TestHost.shared()
      var readings: [Int] = []
      var taken = 0
      for round in 0..<200 {
        let before = try Self.allocated()
        try autoreleasing {
          let topology = try host.topology(
            Self.plans[round % Self.plans.count], roles: Set(RoleName.allCases))
          topology.turn(topology.stages)
          taken = max(taken, try Self.allocated() - before)
        }
        readings.append(try Self.allocated())
      }
      // Other tests of this process take and give back memory at the same time: the least of some readings
      // is what remains. 128 bytes a topology are less than any stage's counters.
      let early = try #require(readings[40..<80].min())
      let late = try #require(readings[160..<200].min())
      #expect(late - early < 120 * 128, "\(early) bytes, then \(late)")
      // The measure can fail: a topology takes far more than that.
      #expect(taken > 100_000)
    }

    private func autoreleasing(_ body: () throws -> Void) rethrows { try body() }
  }
}

/// glibc's own account, which Swift's Glibc module leaves out.
@_silgen_name("malloc_info")
private func mallocInfo(_ options: Int32, _ stream: UnsafeMutablePointer<FILE>) -> Int32
