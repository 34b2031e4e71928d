import Cases
import Roles
import Testing

@Suite struct RoleNameTests {
  @Test func everyEndHasAnAddressOfItsOwn() {
    #expect(Set(LinkEnd.allCases.map { $0.address.bits }).count == LinkEnd.allCases.count)
    for end in LinkEnd.allCases {
      // Locally administered, not a group (IEEE 802).
      #expect(end.address.bits >> 40 & 3 == 2, "\(end)")
    }
  }

  @Test(arguments: LinkEnd.allCases) func aLinkHasTwoEnds(end: LinkEnd) {
    #expect(end.peer != end)
    #expect(end.peer.peer == end)
    #expect(end.peer.role != end.role)
  }
}
