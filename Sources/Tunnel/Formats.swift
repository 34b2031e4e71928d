import Cases

/// The registered formats. Code that does not name a format reaches it through this list, so a format that is
/// added here is available in all generic code (docs/new-format.md).
public enum FormatName: String, CaseIterable, Codable, Sendable {
  /// RFC 4303 with an AEAD.
  case esp
  // The formats of the systems with these names.
  case vpe
  case wireguard
  case psp
  case pspDerive = "psp-derive"
  case eespSubSA = "eesp-subsa"
  case ladderA = "ladder-a"
  case ladderB = "ladder-b"
  case ladderC = "ladder-c"
  case ladderD = "ladder-d"
  case ladderE = "ladder-e"
  case espImplicitIV = "esp-implicit-iv"
  case espSenders = "esp-senders"
  case espSenderWindows = "esp-sender-windows"
  case espTransport = "esp-transport"
  case vpeTransportA = "vpe-transport-a"
  case vpeTransportB = "vpe-transport-b"

  /// The formats for tunnels, whose packets lie behind an outer IP header.
  public static let ofTunnels = allCases.filter { !$0.facts.isTransport }

  /// Whether the format has VPE's header.
  public var isVPE: Bool { [.vpe, .vpeTransportA, .vpeTransportB].contains(self) }

  /// Does a visitor's work for this format.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visit<Visitor: FormatVisitor>(_ visitor: Visitor) throws(Visitor.Failure) -> Visitor.Result {
    switch self {
    case .esp: try visitor.visit(ESP.self)
    case .vpe: try visitor.visit(VPE.self)
    case .wireguard: try visitor.visit(WireGuard.self)
    case .psp: try visitor.visit(PSP.self)
    case .pspDerive: try visitor.visit(PSPDerive.self)
    case .eespSubSA: try visitor.visit(EESP.self)
    case .ladderA: try visitor.visit(Ladder<LadderRungA>.self)
    case .ladderB: try visitor.visit(Ladder<LadderRungB>.self)
    case .ladderC: try visitor.visit(Ladder<LadderRungC>.self)
    case .ladderD: try visitor.visit(Ladder<LadderRungD>.self)
    case .ladderE: try visitor.visit(Ladder<LadderRungE>.self)
    case .espImplicitIV: try visitor.visit(ESPImplicitIV.self)
    case .espSenders: try visitor.visit(ESPSenders.self)
    case .espSenderWindows: try visitor.visit(ESPSenderWindows.self)
    case .espTransport: try visitor.visit(ESPTransport.self)
    case .vpeTransportA: try visitor.visit(VPETransportA.self)
    case .vpeTransportB: try visitor.visit(VPETransportB.self)
    }
  }

  /// Does a visitor's work for this format if there are gateways of it; nil otherwise. The code of gateways
  /// is compiled for no other format, because it takes most of a build's time.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visitGateway<Visitor: FormatVisitor>(
    _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result? {
    switch self {
    case .esp: try visitor.visit(ESP.self)
    case .vpe: try visitor.visit(VPE.self)
    case .wireguard: try visitor.visit(WireGuard.self)
    case .psp: try visitor.visit(PSP.self)
    case .pspDerive: try visitor.visit(PSPDerive.self)
    case .eespSubSA: try visitor.visit(EESP.self)
    default: nil
    }
  }

  /// Does a visitor's work for this format if its associations can be renewed; nil otherwise.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visitRenewed<Visitor: RenewedVisitor>(
    _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result? {
    switch self {
    case .esp: try visitor.visit(ESP.self)
    case .vpe: try visitor.visit(VPE.self)
    case .wireguard: try visitor.visit(WireGuard.self)
    case .psp: try visitor.visit(PSP.self)
    case .eespSubSA: try visitor.visit(EESP.self)
    default: nil
    }
  }

  /// Does a visitor's work for this format if many may send under one of its keys; nil otherwise.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visitGroup<Visitor: GroupVisitor>(
    _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result? {
    switch self {
    case .vpe: try visitor.visit(VPE.self)
    case .espSenders: try visitor.visit(ESPSenders.self)
    case .espSenderWindows: try visitor.visit(ESPSenderWindows.self)
    default: nil
    }
  }

  /// Does a visitor's work for this format if threads may share its associations; nil otherwise.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visitShared<Visitor: SharedVisitor>(
    _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result? {
    switch self {
    case .esp: try visitor.visit(ESP.self)
    case .wireguard: try visitor.visit(WireGuard.self)
    default: nil
    }
  }

  /// Does a visitor's work for this format if its packets can be sealed and opened piece by piece; nil
  /// otherwise.
  /// - Throws: what the visitor throws.
  @inlinable
  public func visitSegments<Visitor: SegmentVisitor>(
    _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result? {
    switch self {
    case .esp: try visitor.visit(ESP.self)
    case .vpe: try visitor.visit(VPE.self)
    default: nil
    }
  }

  /// Whether many may send under one of its keys.
  public var isForGroups: Bool { facts is any GroupFormat.Type }

  /// The format's static properties, for code that need not be specialized for each format.
  public var facts: any TunnelFormat.Type { visit(Facts()) }
}

extension System {
  /// The format of its packets: its own, by name, or another's in one of several models; nil without one.
  public var format: FormatName? {
    switch self {
    case .espSingle, .espPipeline, .espPipelinePaper, .espMultiSA, .espParallel, .espOrdered: .esp
    case .ipsecSecgw: .esp
    case .wireguardParallel, .wireguardOrdered: .wireguard
    default: FormatName(rawValue: rawValue)
    }
  }
}

private struct Facts: FormatVisitor {
  typealias Failure = Never

  func visit<Format: TunnelFormat>(_ format: Format.Type) -> any TunnelFormat.Type { format }
}
