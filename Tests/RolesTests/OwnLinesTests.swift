import Cases
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// What a thread writes for each packet shares no cache line with another thread's.
  @Suite struct OwnLinesTests {
    @Test(arguments: [System.espSingle, .espPipeline, .espMultiSA, .vpe])
    func stagesShareNoLine(_ model: System) throws {
      let plan = TestHost.plan(model, threads: model == .espSingle ? 2 : 8)
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      let size = UInt(CacheLines.bytes)
      var owners: [UInt: Int] = [:]
      let memories = topology.stages.map(\.memory)
      for (index, memory) in memories.enumerated() {
        let start = UInt(bitPattern: memory.baseAddress)
        #expect(start % size == 0)
        for line in (start / size)...((start + UInt(memory.count) - 1) / size) {
          let other = owners.updateValue(index, forKey: line)
          #expect(other == nil, "stage \(index)")
        }
      }
      #expect(memories.count > 4)
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
