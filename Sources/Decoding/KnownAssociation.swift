import Cases
import Crypto
import Tunnel

/// An association whose key is known, to decode packets with.
public struct KnownAssociation: Sendable {
  /// What differs between the formats.
  public enum Format: Sendable {
    /// ESP; `last` is the highest number used before the capture, from which extended numbers are inferred.
    case esp(ESPAssociation, last: UInt64)
    /// VPE.
    case vpe(VPEAssociation)
    /// Another registered format.
    case other(FormatName, TunnelTerms)
  }

  /// The association itself.
  public let format: Format
  /// What it has in transport mode, which is a format of its own; nil where it is a tunnel.
  public let transport: FormatName?
  /// What the key is for.
  public let algorithm: AEADAlgorithm
  /// The key without salt.
  package let key: KeyBytes
  /// Numbers that a replay window remembers.
  public let windowSize: Int
  /// Bytes of ESP's integrity check value: 16, or with AES-GCM 8 or 12 (RFC 4106 section 6).
  public let icvBytes: Int
  /// The only receiver that has this key; nil if any may: each is then an association of its own.
  public let destination: IPAddress?

  /// An association with its key, which must have the algorithm's length, or that of the format's secret.
  public init(
    _ format: Format, algorithm: AEADAlgorithm, key: [UInt8], windowSize: Int,
    icvBytes: Int = AEADAlgorithm.tagBytes, destination: IPAddress? = nil, transport: FormatName? = nil
  ) {
    self.format = format
    self.transport = transport
    self.algorithm = algorithm
    self.key = KeyBytes(key)
    self.windowSize = windowSize
    self.icvBytes = icvBytes
    self.destination = destination
  }

  /// What its packets say of it.
  var identity: AssociationIdentity {
    switch format {
    case .esp(let association, _): AssociationIdentity(spi: association.spi, sender: nil)
    case .vpe(let association): AssociationIdentity(spi: association.spi, sender: association.sender)
    case .other(let format, let terms): AssociationIdentity(spi: terms.spi, sender: nil, other: format)
    }
  }

  /// The same in words, with the receiver if there is only one: `ESP 0x00001001 to 192.0.2.1`.
  public var name: String {
    var line = Line()
    identity.describe(in: &line)
    if let destination {
      line.add(" to ")
      line.add(destination)
    }
    return line.text
  }
}

/// What a packet says of its association; an SPI is chosen by the receiver, so several may have the same.
struct AssociationIdentity: Hashable {
  let spi: UInt32
  /// nil but in VPE.
  let sender: UInt16?
  /// A format beside ESP and VPE.
  var other: FormatName?

  func describe(in line: inout Line) {
    line.add(other?.facts.name ?? (sender == nil ? "ESP" : "VPE"))
    line.add(" ")
    line.add(hex: spi)
    if let sender {
      line.add(" sender ")
      line.add(sender)
    }
  }
}

/// Which packets may be ESP or VPE, and the associations that are known.
public struct KnownAssociations: Sendable {
  /// The associations; those of which packets say the same are tried one after the other.
  public var associations: [KnownAssociation]
  /// The IP protocol of VPE; ESP's is 50.
  public var vpeProtocol: UInt8
  /// UDP ports that carry ESP or VPE.
  public var udpPorts: Set<UInt16>

  /// Associations, carried as standard: in IP protocol 50, UDP port 4500, or a format's own UDP port.
  public init(
    _ associations: [KnownAssociation] = [], vpeProtocol: UInt8 = 50, udpPorts: Set<UInt16> = [4500]
  ) {
    self.associations = associations
    self.vpeProtocol = vpeProtocol
    let own = associations.compactMap { association in
      if case .other(let format, _) = association.format { format.facts.udpPort } else { nil }
    }
    self.udpPorts = udpPorts.union(own)
  }
}
