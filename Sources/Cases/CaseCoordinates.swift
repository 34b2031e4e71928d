import Wire

/// The coordinates of a case, as in tables. Equal coordinates mean the same case.
public struct CaseCoordinates: Codable, Sendable, Equatable, Hashable {
  /// The coordinates as one word, such as `vpe-aes128gcm-1420B-2t-0h`: the key in tables, plots and logs.
  public var name: String
  /// The system's name, such as `esp-single`.
  public var system: String
  /// The cipher's name, such as `aes-128-gcm`.
  public var aead: String
  /// Dataplane threads per gateway, both directions together.
  public var threads: Int
  /// RFC 2544 frame size in bytes: the Ethernet frame with its 4-byte FCS; for a mix the mean, rounded.
  public var frameBytes: Int
  /// Bytes added to the headroom of a packet buffer.
  public var extraHeadroomBytes: Int
  /// Kind of link between the roles: a raw value of `LinkKind`, such as `ring`.
  public var link: String
  /// All other axes that distinguish the cases of the run or differ from their default, such as `["flows":
  /// "64", "window_size": "1024"]`; without axes that do not apply to the system.
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

  /// Whether the case is of a single gateway, the device under test. The names of such cases end in its mode,
  /// or in `-solo`.
  public var isDUT: Bool { link == LinkKind.memif.rawValue || name.hasSuffix("-solo") }

  /// Whether the case has this system.
  public func isOf(_ system: System) -> Bool { self.system == system.rawValue }

  /// The value of a further axis; nil if the case has none.
  public subscript(axis: Axis) -> String? { axes[axis.rawValue] }

  /// A number on a further axis; the axis's default if the case has none.
  public func integer(_ axis: Axis) -> Int {
    self[axis].flatMap { Int($0) } ?? axis.definition.standard?.integer ?? 0
  }

  /// The measured direction of a single gateway: `seal`, `open` or `round-trip`.
  public var direction: String { self[.direction] ?? "seal" }

  /// Text that follows the frames' length if several frames are due together, such as `, bursts of 64`;
  /// otherwise empty.
  public var bursts: String {
    let frames = integer(.burstFrames)
    return frames > 1 ? ", bursts of \(frames)" : ""
  }

  /// Bytes of the inner IP packet.
  public var packetBytes: Int {
    self[.packetBytes].flatMap { Int($0) } ?? frameBytes - Ethernet.framingBytes
  }
}

extension CaseCoordinates {
  /// The name of the harness's floor, a system without a security protocol.
  public static let floor = "baseline"

  /// A system's present name. The floor was called `null`, which programs read as a missing value.
  public static func system(_ name: String) -> String { name == "null" ? floor : name }

  /// The present name of a case, or the present form of a pattern for names.
  public static func name(_ name: String) -> String {
    name.hasPrefix("null-") ? floor + name.dropFirst("null".count) : name
  }

  /// Reads coordinates, also those of journals in which the floor has its former name.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = Self.name(try values.decode(String.self, forKey: .name))
    system = Self.system(try values.decode(String.self, forKey: .system))
    aead = try values.decode(String.self, forKey: .aead)
    threads = try values.decode(Int.self, forKey: .threads)
    frameBytes = try values.decode(Int.self, forKey: .frameBytes)
    extraHeadroomBytes = try values.decode(Int.self, forKey: .extraHeadroomBytes)
    link = try values.decode(String.self, forKey: .link)
    axes = try values.decode([String: String].self, forKey: .axes)
  }
}
