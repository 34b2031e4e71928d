import Cases
import Roles
import TestSupport
import Testing
import Tunnel

extension OnDPDK {
  /// A format that is registered nowhere goes through the same measurements as those that are.
  @Suite struct ToyFormatTests {
    @Test(arguments: [1, 7]) func itsCostsAreTaken(tunnels: Int) throws {
      var plan = CostPlan(
        system: .null, operations: MeasuredOperation.allCases, aead: "aes-128-gcm", packetBytes: 50, seed: 3)
      plan.packetsInFlight = 128
      plan.packets = 1000
      plan.tunnels = tunnels
      let tallies = try TestHost.shared().measure(plan, in: Toy.self)
      #expect(tallies.map(\.operation) == MeasuredOperation.allCases)
      for tally in tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 8 * 128 && tally.failures == 0, "\(tally)")
      }
    }
  }
}
