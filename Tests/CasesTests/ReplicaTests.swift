import Cases
import Testing

/// Names and neighbours of several generators, reflectors and red ports.
@Suite struct ReplicaTests {
  @Test func theFirstHasThePlainName() {
    let names = ["generator", "generator.2", "gateway-a", "gateway-b", "reflector", "reflector.2"]
    #expect(RoleName.all(2).map(\.name) == names)
    #expect(RoleName.all(1).map(\.name) == RoleName.allCases.map(\.rawValue))
    #expect(LinkEnd.all(1).map(\.name) == LinkEnd.allCases.map(\.rawValue))
    #expect(LinkEnd.all(3).count == 4 * 3 + 2 && LinkEnd.all(3) == LinkEnd.all(3).shuffled().sorted())
  }

  @Test func aLinkJoinsPortsOfOneNumber() {
    let red = Replica(LinkEnd.gatewayARed, 1)
    #expect(red.peer == Replica(.generator, 1) && red.peer.peer == red)
    #expect(red.host == Replica(.gatewayA) && red.peer.host == Replica(.generator, 1))
    #expect(Replica(LinkEnd.gatewayABlack).peer == Replica(.gatewayBBlack))
    #expect(red.isOf([.gatewayA], 0) && !red.isOf([.gatewayA], 1) && !red.peer.isOf([.generator], 0))
  }

  /// Each port belongs to one host, and each host has its own.
  @Test(arguments: 1...3) func everyPortIsOfSomebody(count: Int) {
    let hosts = LinkEnd.all(count).map(\.host)
    #expect(Set(hosts) == Set(RoleName.all(count)))
    #expect(hosts.count { $0 == Replica(.gatewayB) } == count + 1)
    #expect(hosts.count { $0 == Replica(.reflector, count - 1) } == 1)
  }
}
