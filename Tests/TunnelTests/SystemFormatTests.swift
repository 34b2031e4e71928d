import Cases
import Testing
import Tunnel

/// What `System` says of a system's packets, for rooms below the formats, is what the format says of itself.
@Suite struct SystemFormatTests {
  @Test(arguments: System.allCases.filter { $0.format != nil && $0 != .ipsecSecgw })
  func aSystemSaysOfItsPacketsWhatTheFormatSays(system: System) throws {
    let format = try #require(system.format).facts
    let ciphers = AEADAlgorithm.allCases.filter(system.offers)
    #expect(ciphers == AEADAlgorithm.allCases.filter(format.ciphers.contains))
    #expect(system.hasReplayWindow == format.refusesReplays && system.hasAssociations)
    #expect(system.isAlwaysInUDP == (format.udpPort != nil))
    #expect(system.isTransport == format.isTransport)
    #expect(system.hasCrypto && system.hasStages)
    // What shares a key on several threads tells these apart in its nonces.
    if system.format != .esp, System.gateways.contains(system) {
      let isApart = format.windowEnd > 0 || format.hasParts
      #expect(system.runsInParallel == (isApart || system.sharesNumbers))
    }
    if system.sharesAssociation { #expect(system.format?.visitShared(IsShared()) != nil) }
  }

  /// A format with a gateway is one whose stages are compiled for it, and the other way round.
  @Test(arguments: FormatName.allCases.filter { $0 != .esp })
  func aSystemHasAGatewayIfItsFormatDoes(name: FormatName) throws {
    let system = try #require(System(rawValue: name.rawValue))
    #expect(System.gateways.contains(system) == (name.visitGateway(IsThere()) != nil))
    #expect(System.inMemory.contains(system))
  }

  /// What needs more than `TunnelFormat` is asked of formats that have it.
  @Test(arguments: System.allCases.filter { $0.format != nil })
  func groupsAndSegmentsAreOfFormatsThatHaveThem(system: System) throws {
    let format = try #require(system.format)
    if system.hasSenders, system != .espSingle { #expect(format.isForGroups) }
    if system.hasSegments || system.hasFragments { #expect(format.visitSegments(HasSegments()) != nil) }
  }
}

private struct IsThere: FormatVisitor {
  typealias Failure = Never
  func visit<Format: TunnelFormat>(_ format: Format.Type) -> Bool { true }
}

private struct IsShared: SharedVisitor {
  typealias Failure = Never
  func visit<Format: SharedFormat>(_ format: Format.Type) -> Bool { true }
}

private struct HasSegments: SegmentVisitor {
  typealias Failure = Never
  func visit<Format: SegmentFormat>(_ format: Format.Type) -> Bool { true }
}
