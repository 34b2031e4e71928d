import Cases
import Dataplane
import Tunnel
import Wire

/// How the ports of gateways lead black packets to the threads that open them, best first: by what packets
/// have anyway, by a hash of it, by what the sender adds for this, or not at all.
public enum BlackWay: Codable, Equatable, Sendable {
  /// A rule for each value of a field.
  case rules(FlowRule.Field)
  /// The hash (RSS) of ESP's SPI, or of VPE's IDs where that is, through a table of so many entries: a thread
  /// has the associations or windows that come to it.
  case spiHash(tableEntries: Int)
  /// A rule for each UDP source port, of which sealing threads have one each.
  case udpRules
  /// The hash of addresses and UDP ports: sealing threads have source ports whose hashes lead to the right
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

  /// The first way that the ports of both gateways offer; nil where one thread receives what is opened, so
  /// that there is nothing to lead.
  public static func choose(for plan: CasePlan, offers: [PortOffer]) -> BlackWay? {
    guard plan.system.runsInParallel, plan.opening > 1 else { return nil }
    func takes(_ field: FlowRule.Field) -> Bool { offers.allSatisfy { $0.rules.contains(plan.kind(field)) } }
    if let mark = plan.blackMarks.first(where: takes) { return .rules(mark) }
    let entries = Set(offers.map(\.tableEntries))
    // A queue of a hash can be foretold where all that it depends on is known.
    let known = entries.count == 1 ? entries.first.flatMap { $0 > 0 && $0 & ($0 - 1) == 0 ? $0 : nil } : nil
    let table = offers.allSatisfy { $0.keyBytes >= ReceiveSideScaling.standardKey.count } ? known : nil
    func hashes(_ hash: PortOffer.Hash) -> Bool { offers.allSatisfy { $0.hashes.contains(hash) } }
    // A hash knows nothing of the red ports that threads have.
    if plan.replicas == 1, [.espMultiSA, .vpe].contains(plan.system), plan.looksLikeESP, plan.udpPort == nil,
      hashes(.spi), let table
    {
      let way = BlackWay.spiHash(tableEntries: table)
      if plan.leadsToAll(by: way) { return way }
    }
    // A sealing thread's packets go to one thread.
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

  /// Whether a device takes sealed packets for ESP's.
  fileprivate var looksLikeESP: Bool { udpPort.map { $0 == 4500 } ?? (protocolNumber == IPv4.protocolESP) }

  /// The fields of sealed packets by which they can be led, the one first that most devices know.
  fileprivate var blackMarks: [FlowRule.Field] {
    switch system {
    case .espParallel: looksLikeESP ? [.sequence, .bytes] : [.bytes]
    // What else is in ESP's place has its IDs where ESP has the SPI.
    case .espMultiSA, .vpe, .eespSubSA: looksLikeESP ? [.spi, .bytes] : [.bytes]
    default: [.bytes]
    }
  }

  /// The thread that opens what a direction's child association, or window, of a number has sealed.
  package func opener(of number: Int, _ direction: TestKeys.Direction) -> Int {
    guard case .spiHash(let entries) = blackWay else { return number % opening }
    let word =
      system == .vpe
      ? UInt32(UInt16(direction.rawValue).byteSwapped) << 16 | UInt32(UInt16(number).byteSwapped)
      : TestKeys.firstSPI(direction) &+ UInt32(number)
    return ReceiveSideScaling.queue(
      ReceiveSideScaling.hash(spi: word), of: opening, tableEntries: entries)
  }

  /// Child associations, or windows, that are told apart by what is in ESP's SPI's place.
  private var openedApart: Int { system == .espMultiSA ? associations : max(windows, sealing) }

  /// Whether every thread that opens has something of that.
  fileprivate func leadsToAll(by way: BlackWay) -> Bool {
    var plan = self
    plan.blackWay = way
    return [.aToB, .bToA].allSatisfy { direction in
      Set((0..<openedApart).map { plan.opener(of: $0, direction) }).count == opening
    }
  }

  /// The rules of the port that a gateway receives a direction's black packets from.
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

  /// From a sealed packet's first byte to the four bytes of its mark.
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

  /// What marks the packets of each thread that opens.
  private func marks(_ direction: TestKeys.Direction) -> [(value: UInt32, mask: UInt32, queue: Int)] {
    // Besides associations these are window IDs, or parts of the numbers: each sealing thread has one, or one
    // for each class.
    let ids = Array(0..<openedApart)
    switch system {
    case .espMultiSA:
      return ids.map { (TestKeys.firstSPI(direction) &+ UInt32($0), .max, $0 % opening) }
    // The last two of the four bytes: VPE's are little-endian.
    case .vpe: return ids.map { (UInt32(UInt16($0).byteSwapped), 0xFFFF, $0 % opening) }
    case .eespSubSA: return ids.map { (UInt32($0), 0xFFFF, $0 % opening) }
    case .psp, .pspDerive: return ids.map { (UInt32($0) << 16, 0xFFFF_0000, $0 % opening) }
    default:
      // Blocks of numbers in turn, as a stage would deal them: any thread opens any packet.
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

  /// The first of the ports that anybody may use (RFC 6335).
  private static let firstSourcePort: UInt16 = 49152

  /// The UDP source port of what a thread seals, where it leads to the thread that opens it; nil elsewhere.
  /// Every window and association of a sealing thread belongs to one opening thread, for their numbers are
  /// `windowStride` apart.
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
    /// The port's queues that it has.
    package let queues: [Int]
  }

  /// The threads of a gateway that receive from an end, whose ports have so many queues each.
  package func arrivals(at end: LinkEnd, queues: Int) -> [Arrival] {
    let depths = end.isBlack ? open.depths : seal.depths
    let first = depths.indices.filter { depths[$0] == 0 }
    let ports = end.replicas(replicas)
    return first.enumerated().map { index, thread in
      let (port, place) = (ports[index % ports.count], index / ports.count)
      let mine = stride(from: place, to: max(queues, place + 1), by: first.count / ports.count)
      return Arrival(
        port: port, thread: thread + (end.isBlack ? seal.depths.count : 0), queues: Array(mine))
    }
  }

  /// Over how many of a port's queues packets are to be spread: one for each thread that receives, if there
  /// are threads enough for no queue to be without.
  package func spreadQueues(at end: LinkEnd, of queues: Int) -> Int {
    switch end {
    case .generator, .reflector: self.queues(at: end).receive
    default: min(queues, arrivals(at: end, queues: queues).count { $0.port.number == 0 })
    }
  }
}
