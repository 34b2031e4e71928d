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
  }

  /// The association itself.
  public let format: Format
  /// What the key is for.
  public let algorithm: AEADAlgorithm
  /// The key without salt.
  package let key: KeyBytes
  /// Numbers that a replay window remembers.
  public let windowSize: Int

  /// An association with its key, which must have the algorithm's length.
  public init(_ format: Format, algorithm: AEADAlgorithm, key: [UInt8], windowSize: Int) {
    self.format = format
    self.algorithm = algorithm
    self.key = KeyBytes(key)
    self.windowSize = windowSize
  }

  /// What no other association of a decoder may share.
  public var identity: String {
    switch format {
    case .esp(let association, _): "ESP \(hex(association.spi))"
    case .vpe(let association): "VPE \(hex(association.spi)) sender \(association.sender)"
    }
  }
}

/// Which packets may be ESP or VPE, and the associations that are known.
public struct KnownAssociations: Sendable {
  /// The associations, each with an identity of its own.
  public var associations: [KnownAssociation]
  /// The IP protocol of VPE; ESP's is 50.
  public var vpeProtocol: UInt8
  /// UDP ports that carry ESP or VPE.
  public var udpPorts: Set<UInt16>

  /// Associations, carried as standard: in IP protocol 50 or UDP port 4500.
  public init(
    _ associations: [KnownAssociation] = [], vpeProtocol: UInt8 = 50, udpPorts: Set<UInt16> = [4500]
  ) {
    self.associations = associations
    self.vpeProtocol = vpeProtocol
    self.udpPorts = udpPorts
  }
}

/// As SPIs are usually written: `0x01001000`.
func hex(_ spi: UInt32) -> String {
  let digits = String(spi, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
