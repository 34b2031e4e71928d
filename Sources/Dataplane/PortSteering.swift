import CDPDK

/// A port's functions for steering received packets to queues.
public struct PortOffer: Codable, Equatable, Sendable {
  /// The fields over which RSS can hash.
  public enum Hash: String, Codable, CaseIterable, Sendable {
    /// Addresses of IP.
    case addresses
    /// Addresses and UDP ports in IPv4.
    case udp4 = "udp-ipv4"
    /// Addresses and UDP ports in IPv6.
    case udp6 = "udp-ipv6"
    /// ESP's SPI.
    case spi = "esp-spi"
  }

  /// The driver's name.
  public var driver = ""
  /// The most queues to receive from.
  public var queues = 1
  /// Entries of the table from hash to queue; 0 if the port reports none.
  public var tableEntries = 0
  /// Bytes of the hash's key; 0 if none can be set.
  public var keyBytes = 0
  /// The hashes that the port supports.
  public var hashes: [Hash] = []
  /// The kinds of flow rules that the port accepts.
  public var rules: [FlowRule.Kind] = []

  /// An offer of nothing.
  public init() {}
}

/// Steers packets with a value in a field to a queue.
public struct FlowRule: Equatable, Sendable {
  /// Where the value lies.
  public enum Field: String, Codable, CaseIterable, Sendable {
    /// ESP's SPI.
    case spi
    /// ESP's sequence number.
    case sequence
    /// Four bytes anywhere behind the outer header.
    case bytes
    /// The outer UDP header's source port.
    case udpSource = "udp-source"
  }

  /// The abilities that a device needs for a rule.
  public struct Kind: Codable, Hashable, Sendable, CustomStringConvertible {
    /// Where the value lies.
    public var field: Field
    /// Whether the outer packets are of IPv6.
    public var isIPv6: Bool
    /// Whether sealed packets lie in UDP.
    public var isInUDP: Bool

    /// A kind.
    public init(_ field: Field, isIPv6: Bool, isInUDP: Bool) {
      (self.field, self.isIPv6, self.isInUDP) = (field, isIPv6, isInUDP)
    }

    /// Every kind that there may be.
    static let all = Field.allCases.flatMap { field in
      [false, true].flatMap { isIPv6 in
        [false, true].filter { $0 || field != .udpSource }
          .map { Kind(field, isIPv6: isIPv6, isInUDP: $0) }
      }
    }

    /// `udp-source in ipv4/udp`.
    public var description: String {
      "\(field.rawValue) in \(isIPv6 ? "ipv6" : "ipv4")\(isInUDP ? "/udp" : "")"
    }
  }

  /// The abilities that the rule needs.
  public var kind: Kind
  /// The protocol of packets directly in IP.
  public var protocolNumber: UInt8 = 50
  /// The destination port of packets in UDP.
  public var udpPort: UInt16 = 4500
  /// The offset of the four bytes behind the outer header.
  public var offset = 0
  /// The value, big-endian; bits outside `mask` are 0.
  public var value: UInt32
  /// The bits that are compared.
  public var mask: UInt32
  /// The queue for matching packets.
  public var queue: Int

  /// A rule.
  public init(_ kind: Kind, value: UInt32, mask: UInt32 = .max, queue: Int) {
    (self.kind, self.value, self.mask, self.queue) = (kind, value, mask, queue)
  }

  var described: cdpdk_rule {
    var rule = cdpdk_rule()
    rule.field =
      switch kind.field {
      case .spi: CDPDK_RULE_SPI
      case .sequence: CDPDK_RULE_SEQUENCE
      case .bytes: CDPDK_RULE_BYTES
      case .udpSource: CDPDK_RULE_UDP_SOURCE
      }
    rule.is_ipv6 = kind.isIPv6 ? 1 : 0
    rule.protocol = protocolNumber
    rule.udp_port = kind.isInUDP ? udpPort : 0
    rule.offset = UInt16(offset)
    (rule.value, rule.mask, rule.queue) = (value, mask, UInt16(queue))
    return rule
  }
}

extension Port {
  /// The device's offer, which is found by validating rules for its first queue.
  public var offer: PortOffer {
    var found = cdpdk_offer()
    guard cdpdk_port_offer(number, &found) == 0 else { return PortOffer() }
    var offer = PortOffer()
    offer.driver = found.driver.map { String(cString: $0) } ?? ""
    (offer.queues, offer.tableEntries) = (Int(found.queues), Int(found.table_entries))
    offer.keyBytes = Int(found.key_bytes)
    let hashes: [(PortOffer.Hash, UInt8)] = [
      (.addresses, found.addresses), (.udp4, found.udp4), (.udp6, found.udp6), (.spi, found.spi),
    ]
    offer.hashes = hashes.filter { $0.1 != 0 }.map(\.0)
    offer.rules = FlowRule.Kind.all.filter { kind in
      // A mask within the number, like that of rules that divide a sequence of numbers.
      let mask: UInt32 = kind.field == .sequence ? 0xC0 : .max
      return cdpdk_port_rule(number, FlowRule(kind, value: 0x40, mask: mask, queue: 0).described, 1) == 0
    }
    return offer
  }

  /// Makes the device hash with our key, map hashes to the first queues in turn, and follow the rules.
  /// Settings that the device reports are read back.
  /// - Throws: `DataplaneError.port`.
  func steer(_ options: Options) throws {
    if options.receiveQueues > 1 {
      try setHashKey(options)
      try spread(over: options.spreadQueues ?? options.receiveQueues)
    }
    for rule in options.rules {
      try Port.require(
        cdpdk_port_rule(number, rule.described, 0), name,
        "take \(options.rules.count) rules by \(rule.kind); say steering \"software\"")
    }
  }

  private func setHashKey(_ options: Options) throws {
    guard !options.hashKey.isEmpty, !offer.hashes.isEmpty else { return }
    let step = "hash with the key that it was told"
    // A device that does not report its key is assumed to have accepted it.
    var isOurs: Bool { zip(hashKey, options.hashKey).allSatisfy { $0 == $1 } }
    // Some drivers accept the key only after the start.
    if isOurs { return }
    try Port.require(
      cdpdk_port_set_hash_key(number, options.cHashKey, options.hashesSPI ? 1 : 0), name, step)
    guard isOurs else {
      throw DataplaneError.port(name: name, step: step, reason: "it has another one")
    }
  }

  /// Maps the hashes of a device with RSS to the first queues in turn, and verifies its table.
  private func spread(over queues: Int) throws {
    try Port.require(cdpdk_port_spread(number, UInt16(queues)), name, "spread packets over its queues")
    let found = try queueOfHash()
    if found.enumerated().allSatisfy({ $0.element == $0.offset % queues }) { return }
    throw DataplaneError.port(
      name: name, step: "spread packets over its queues",
      reason: "its table leads elsewhere than it was told")
  }

  /// The hash key; empty if the device does not report it.
  package var hashKey: [UInt8] {
    var key = cdpdk_hash_key()
    let count = max(Int(cdpdk_port_hash_key(number, &key)), 0)
    return withUnsafeBytes(of: &key.bytes) { Array($0.prefix(count)) }
  }

  /// The device's table from hash to queue; empty if it has none.
  /// - Throws: `DataplaneError.port`.
  package func queueOfHash() throws -> [Int] {
    var queues = [UInt16](repeating: 0, count: Int(CDPDK_TABLE_MAX))
    let count = try Port.require(cdpdk_port_table(number, &queues), name, "tell how it spreads packets")
    return queues.prefix(Int(count)).map(Int.init)
  }
}

extension Port.Options {
  var cHashKey: cdpdk_hash_key {
    var key = cdpdk_hash_key()
    withUnsafeMutableBytes(of: &key.bytes) { $0.copyBytes(from: hashKey.prefix($0.count)) }
    return key
  }
}
