/// Where a case lies in its sweep, as tables have it. Equal coordinates mean the same case.
public struct CaseCoordinates: Codable, Sendable, Equatable, Hashable {
  /// The coordinates as one word, such as `vpe-aes128gcm-1420B-2t-0h`: the key in tables, plots and logs.
  public var name: String
  /// Packet format and threading model, such as `esp-single`.
  public var system: String
  /// Cipher, such as `aes128gcm`.
  public var aead: String
  /// Dataplane threads per gateway, both directions together.
  public var threads: Int
  /// RFC 2544 frame size in bytes: the Ethernet frame with its 4-byte FCS.
  public var frameBytes: Int
  /// Bytes added to the headroom of a packet buffer.
  public var extraHeadroomBytes: Int
  /// Kind of link between the roles: `ring`, `veth` or `ports`.
  public var link: String
  /// All other axes that tell the cases of the run apart or differ from their default, such as
  /// `["flows": "64", "window_size": "1024"]`; without those that do not apply to the system.
  public var axes: [String: String]

  /// Makes coordinates from their parts.
  public init(
    name: String, system: String, aead: String, threads: Int, frameBytes: Int, extraHeadroomBytes: Int,
    link: String, axes: [String: String] = [:]
  ) {
    self.name = name
    self.system = system
    self.aead = aead
    self.threads = threads
    self.frameBytes = frameBytes
    self.extraHeadroomBytes = extraHeadroomBytes
    self.link = link
    self.axes = axes
  }

  /// Whether the case is one of a gateway alone, the device under test; such have a name that ends so.
  public var isDUT: Bool { link == LinkKind.memif.rawValue || name.hasSuffix("-solo") }
}
