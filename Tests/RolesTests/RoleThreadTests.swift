import Roles
import Testing

/// `Placement`: which CPU each thread of a case runs on.
@Suite struct RoleThreadTests {
  static let threads = Array(2...16)

  /// The hops of a case's threads, as the topology numbers them.
  static func hops(threads: Int) throws -> [Int] {
    try GatewayLayout(
      CasePlan(system: .vpe, aead: "aes-128-gcm", threads: threads, frameBytes: 64, seed: 1, cpus: [0])
    ).threads.map(\.hop)
  }

  @Test(arguments: threads) func everyThreadHasAHop(threads: Int) throws {
    let hops = try Self.hops(threads: threads)
    let (seals, opens) = ((threads + 1) / 2, threads / 2)
    #expect((0...5).map { hop in hops.count { $0 == hop } } == [1, seals, opens, 1, seals, opens])
  }

  @Test(arguments: threads) func eachThreadHasItsOwnCPUWhereThereAreEnough(threads: Int) throws {
    let hops = try Self.hops(threads: threads)
    for cpus in [hops.count, hops.count + 1, 64] {
      let positions = Placement.positions(hops: hops, cpus: cpus)
      #expect(positions.count == hops.count)
      #expect(Set(positions).count == hops.count)
      #expect(positions.allSatisfy { (0..<cpus).contains($0) })
    }
  }

  @Test(arguments: threads, 2...6) func neighboursNeverShareACPU(threads: Int, cpus: Int) throws {
    let hops = try Self.hops(threads: threads)
    let positions = Placement.positions(hops: hops, cpus: cpus)
    #expect(positions.count == hops.count)
    #expect(positions.allSatisfy { (0..<cpus).contains($0) })
    for (a, cpu) in zip(hops, positions) {
      for (b, other) in zip(hops, positions) where (a + 1) % 6 == b {
        #expect(cpu != other, "hops \(a) and \(b)")
      }
    }
  }

  @Test(arguments: threads, 2...6) func foldedThreadsAreSpreadEvenly(threads: Int, cpus: Int) throws {
    let hops = try Self.hops(threads: threads)
    guard hops.count > cpus else { return }
    let positions = Placement.positions(hops: hops, cpus: cpus)
    for parity in 0...1 {
      let loads = stride(from: parity, to: cpus, by: 2).map { cpu in positions.count { $0 == cpu } }
      #expect(loads.max()! - loads.min()! <= 1, "CPUs \(parity), \(parity + 2), …: \(loads)")
      #expect(loads.reduce(0, +) == hops.count { $0 % 2 == parity })
    }
  }

  @Test(arguments: threads) func oneCPUCarriesAll(threads: Int) throws {
    let hops = try Self.hops(threads: threads)
    #expect(Placement.positions(hops: hops, cpus: 1) == hops.map { _ in 0 })
  }
}
