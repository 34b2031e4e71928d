import Testing
import Wire

@Suite struct DropReasonTests {
  /// The names that result files carry; a change here is a change of their format.
  static let names: [DropReason: String] = [
    .none: "none", .tooShort: "too_short", .segmented: "segmented", .notIP: "not_ip",
    .outerHeader: "outer_header", .fragment: "fragment", .notOurs: "not_ours", .unknownSPI: "unknown_spi",
    .formatHeader: "format_header",
    .noRoute: "no_route", .unknownWindow: "unknown_window", .foreignWindow: "foreign_window",
    .tooManySenders: "too_many_senders", .dontFragment: "dont_fragment",
    .fragmentLength: "fragment_length", .fragmentOverlap: "fragment_overlap",
    .tooManyFragments: "too_many_fragments", .tooManyDatagrams: "too_many_datagrams",
    .fragmentTimeout: "fragment_timeout",
    .headerOptions: "header_options", .tooManyPieces: "too_many_pieces",
    .foreignSA: "foreign_sa", .authentication: "authentication",
    .replayed: "replayed", .tooOld: "too_old", .padding: "padding", .nextHeader: "next_header",
    .dummy: "dummy", .innerVersion: "inner_version", .innerLength: "inner_length",
    .sequenceExhausted: "sequence_exhausted", .noRoom: "no_room", .queueFull: "queue_full",
    .damaged: "damaged", .duplicated: "duplicated", .foreignFrame: "foreign_frame", .impaired: "impaired",
    .keepalive: "keepalive", .ike: "ike", .selector: "selector", .notECT: "not_ect", .expired: "expired",
  ]

  @Test(arguments: DropReason.allCases)
  func name(_ reason: DropReason) {
    #expect(reason.name == Self.names[reason])
  }

  @Test func namesAreUniqueSnakeCase() {
    let names = DropReason.allCases.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(name)") }
  }

  @Test func rawValuesIndexCounters() {
    #expect(DropReason.none.rawValue == 0)
    #expect(DropReason.allCases.map { Int($0.rawValue) } == Array(0..<DropReason.count))
  }

  @Test func onlyAFullQueueIsCongestion() {
    #expect(DropReason.allCases.filter(\.isCongestion) == [.none, .queueFull])
  }

  @Test func aKeepaliveIsHonestToo() {
    #expect(DropReason.allCases.filter(\.isHonest) == [.none, .keepalive, .queueFull])
  }
}
