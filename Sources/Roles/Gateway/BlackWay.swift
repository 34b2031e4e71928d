import Cases
import Dataplane
import Tunnel
import Wire

/// How the gateways' ports steer black packets to the threads that open them, best first: by fields that
/// packets have anyway, by a hash of these, by a UDP source port that the sender chooses for this, or in
/// software.
public enum BlackWay: Codable, Equatable, Sendable {
  /// A rule for each value of a field.
  case rules(FlowRule.Field)
  /// The RSS hash of ESP's SPI, or of VPE's IDs at the same offset, through a table of so many entries: a
  /// thread owns the associations or windows that are hashed to it.
  case spiHash(tableEntries: Int)
  /// A rule for each UDP source port; each sealing thread has a port of its own.
  case udpRules
  /// The RSS hash of addresses and UDP ports: sealing threads use source ports that are hashed to the right
  /// queues.
  case udpHash(tableEntries: Int)
  /// A stage before the threads that open.
  case software

  /// The name in results.
  public var name: String {
    switch self {
    case .rules(let field): "rules-\(field.rawValue)"
    case .spiHash: "hash-\(PortOffer.Hash.spi.rawValue)"
    case .udpRules: "rules-\(FlowRule.Field.udpSource.rawValue)"
    case .udpHash: "hash-\(FlowRule.Field.udpSource.rawValue)"
    case .software: Steering.software.rawValue
    }
  }

  /// The best way that the ports of both gateways offer; nil if a single thread opens, so that nothing needs
  /// to be steered.
  public static func choose(for plan: CasePlan, offers: [PortOffer]) -> BlackWay? {
    guard plan.system.runsInParallel, plan.opening > 1 else { return nil }
    func takes(_ field: FlowRule.Field) -> Bool { offers.allSatisfy { $0.rules.contains(plan.kind(field)) } }
    if let mark = plan.blackMarks.first(where: takes) { return .rules(mark) }
    let entries = Set(offers.map(\.tableEntries))
    // The queue of a hash can be computed only if the size of the table and the key are known.
    let known = entries.count == 1 ? entries.first.flatMap { $0 > 0 && $0 & ($0 - 1) == 0 ? $0 : nil } : nil
    let table = offers.allSatisfy { $0.keyBytes >= ReceiveSideScaling.standardKey.count } ? known : nil
    func hashes(_ hash: PortOffer.Hash) -> Bool { offers.allSatisfy { $0.hashes.contains(hash) } }
    // A hash does not respect the red ports that belong to threads.
    if plan.replicas == 1, [.espMultiSA, .vpe].contains(plan.system), plan.looksLikeESP, plan.udpPort == nil,
      hashes(.spi), let table
    {
      let way = BlackWay.spiHash(tableEntries: table)
      if plan.leadsToAll(by: way) { return way }
    }
    // With a UDP source port all packets of a sealing thread go to one thread.
    guard plan.udpPort != nil, plan.sealing >= plan.opening else { return .software }
    if takes(.udpSource) { return .udpRules }
    if hashes(plan.encapsulation.isIPv6 ? .udp6 : .udp4), let table { return .udpHash(tableEntries: table) }
    return .software
  }
}

extension CasePlan {
  /// The IP protocol of sealed packets that lie directly in IP.
  var protocolNumber: UInt8 { system == .vpe ? encapsulation.vpeProtocol : IPv4.protocolESP }

  fileprivate func kind(_ field: FlowRule.Field) -> FlowRule.Kind {
    FlowRule.Kind(field, isIPv6: encapsulation.isIPv6, isInUDP: udpPort != nil)
  }

  /// Whether a device parses sealed packets as ESP.
  fileprivate var looksLikeESP: Bool { udpPort.map { $0 == 4500 } ?? (protocolNumber == IPv4.protocolESP) }

  /// The fields by which sealed packets can be steered; the field that most devices support comes first.
  fileprivate var blackMarks: [FlowRule.Field] {
    switch system {
    case .espParallel: looksLikeESP ? [.sequence, .bytes] : [.bytes]
    // VPE and EESP, if they use ESP's protocol number, have their IDs where ESP has the SPI.
    case .espMultiSA, .vpe, .eespSubSA: looksLikeESP ? [.spi, .bytes] : [.bytes]
    default: [.bytes]
    }
  }

  /// The thread that opens the packets of a direction's child association, or window, with this number.
  package func opener(of number: Int, _ direction: TestKeys.Direction) -> Int {
    guard case .spiHash(let entries) = blackWay else { return number % opening }
    let word =
      system == .vpe
      ? UInt32(UInt16(direction.rawValue).byteSwapped) << 16 | UInt32(UInt16(number).byteSwapped)
      : TestKeys.firstSPI(direction) &+ UInt32(number)
    return ReceiveSideScaling.queue(
      ReceiveSideScaling.hash(spi: word), of: opening, tableEntries: entries)
  }

  /// How many child associations, or windows, differ in the field where ESP has the SPI.
  private var openedApart: Int { system == .espMultiSA ? associations : max(windows, sealing) }

  /// Whether every opening thread gets one of them.
  fileprivate func leadsToAll(by way: BlackWay) -> Bool {
    var plan = self
    plan.blackWay = way
    return [.aToB, .bToA].allSatisfy { direction in
      Set((0..<openedApart).map { plan.opener(of: $0, direction) }).count == opening
    }
  }

  /// The flow rules for the port from which a gateway receives a direction's black packets.
  package func blackRules(_ direction: TestKeys.Direction) -> [FlowRule] {
    switch blackWay {
    case .rules(let field):
      return marks(direction).map { mark in
        var rule = FlowRule(kind(field), value: mark.value, mask: mark.mask, queue: mark.queue)
        (rule.protocolNumber, rule.udpPort) = (protocolNumber, udpPort ?? 0)
        rule.offset = markOffset
        return rule
      }
    case .udpRules:
      return (0..<opening).map { thread in
        var rule = FlowRule(
          kind(.udpSource), value: UInt32(Self.firstSourcePort) + UInt32(thread), queue: thread)
        rule.udpPort = udpPort ?? 0
        return rule
      }
    case .spiHash, .udpHash, .software, nil: return []
    }
  }

  /// The offset in a sealed packet of the four bytes that rules match.
  private var markOffset: Int {
    switch system {
    case .vpe: VPELayout.senderOffset
    case .eespSubSA: EESPLayout.startOffset
    case .psp, .pspDerive: PSPLayout.ivOffset
    case .wireguardParallel: WireGuardLayout.counterOffset
    case .espParallel: ESPLayout.sequenceOffset
    default: ESPLayout.spiOffset
    }
  }

  /// The values by which rules steer packets to each opening thread.
  private func marks(_ direction: TestKeys.Direction) -> [(value: UInt32, mask: UInt32, queue: Int)] {
    // The values are numbers of associations, window IDs, or parts of the sequence numbers: each sealing
    // thread has one, or one for each class.
    let ids = Array(0..<openedApart)
    switch system {
    case .espMultiSA:
      return ids.map { (TestKeys.firstSPI(direction) &+ UInt32($0), .max, $0 % opening) }
    // The window ID is in the last two of the four bytes, little-endian.
    case .vpe: return ids.map { (UInt32(UInt16($0).byteSwapped), 0xFFFF, $0 % opening) }
    case .eespSubSA: return ids.map { (UInt32($0), 0xFFFF, $0 % opening) }
    case .psp, .pspDerive: return ids.map { (UInt32($0) << 16, 0xFFFF_0000, $0 % opening) }
    default:
      // Blocks of sequence numbers in turn, as a steering stage deals them: any thread opens any packet.
      var blocks: UInt32 = 1
      while blocks < opening { blocks *= 2 }
      if Int(blocks) != opening { blocks *= 8 }
      return (0..<blocks).map { block in
        let (value, mask) = (block << SequenceBlock.bits, (blocks - 1) << SequenceBlock.bits)
        let isLittle = system == .wireguardParallel
        return (
          isLittle ? value.byteSwapped : value, isLittle ? mask.byteSwapped : mask, Int(block) % opening
        )
      }
    }
  }

  /// The first dynamic port (RFC 6335).
  private static let firstSourcePort: UInt16 = 49152

  /// The UDP source port of the packets that a thread seals, if it steers them to an opening thread; else
  /// nil. All windows and associations of a sealing thread belong to the same opening thread, for their
  /// numbers are `windowStride` apart.
  package func sourcePort(ofThread thread: Int, _ direction: TestKeys.Direction) -> UInt16? {
    guard let udpPort else { return nil }
    let target = thread % opening
    switch blackWay {
    case .udpRules: return Self.firstSourcePort + UInt16(target)
    case .udpHash(let entries):
      return (Self.firstSourcePort...UInt16.max).first { port in
        let hash = blackHash(sourcePort: port, destinationPort: udpPort, direction)
        return ReceiveSideScaling.queue(hash, of: opening, tableEntries: entries) == target
      }
    case .rules, .spiHash, .software, nil: return nil
    }
  }

  private func blackHash(
    sourcePort: UInt16, destinationPort: UInt16, _ direction: TestKeys.Direction
  ) -> UInt32 {
    let (a, b, a6, b6) = TestAddress.gateways
    let isFromA = direction == .aToB
    return encapsulation.isIPv6
      ? ReceiveSideScaling.hash(
        source: isFromA ? a6 : b6, destination: isFromA ? b6 : a6, sourcePort: sourcePort,
        destinationPort: destinationPort)
      : ReceiveSideScaling.hash(
        source: isFromA ? a : b, destination: isFromA ? b : a, sourcePort: sourcePort,
        destinationPort: destinationPort)
  }
}

extension GatewayLayout {
  /// A thread of a gateway that receives from a port.
  package struct Arrival: Equatable {
    /// The gateway's port.
    package let port: Replica<LinkEnd>
    /// The thread's number in its role.
    package let thread: Int
    /// The port's queues from which the thread receives.
    package let queues: [Int]
  }

  /// The threads of a gateway that receive from an end, whose ports have so many queues each.
  package func arrivals(at end: LinkEnd, queues: Int) -> [Arrival] {
    let depths = end.isBlack ? open.depths : seal.depths
    let first = depths.indices.filter { depths[$0] == 0 }
    let ports = end.replicas(replicas)
    return first.enumerated().map { index, thread in
      let (port, rank) = (ports[index % ports.count], index / ports.count)
      let mine = stride(from: rank, to: max(queues, rank + 1), by: first.count / ports.count)
      return Arrival(
        port: port, thread: thread + (end.isBlack ? seal.depths.count : 0), queues: Array(mine))
    }
  }

  /// Over how many queues of a port RSS spreads packets: at most one for each thread that receives from the
  /// port.
  package func spreadQueues(at end: LinkEnd, of queues: Int) -> Int {
    switch end {
    case .generator, .reflector: self.queues(at: end).receive
    default: min(queues, arrivals(at: end, queues: queues).count { $0.port.number == 0 })
    }
  }
}
