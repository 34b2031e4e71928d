import Cases
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

/// How ports lead black packets to threads, by what they offer.
@Suite struct BlackWayTests {
  static let marked: [(System, FlowRule.Field)] = [
    (.espMultiSA, .spi), (.espParallel, .sequence), (.vpe, .spi), (.eespSubSA, .spi), (.psp, .bytes),
    (.pspDerive, .bytes), (.wireguardParallel, .bytes),
  ]

  static func plan(
    _ system: System, _ sealing: Int = 4, _ opening: Int = 4, udpPort: UInt16? = nil, isIPv6: Bool = false,
    tunnels: Int = 1
  ) -> CasePlan {
    var plan = CasePlan(
      system: system, aead: nil, threads: sealing + opening, frameBytes: 64, seed: 1, cpus: [])
    (plan.sealThreads, plan.tunnels, plan.steering) = (sealing, tunnels, .nic)
    plan.encapsulation = Encapsulation(udpPort: udpPort, isIPv6: isIPv6)
    return plan
  }

  /// A port that has all.
  static func offer(
    rules: [FlowRule.Field] = FlowRule.Field.allCases, hashes: [PortOffer.Hash] = PortOffer.Hash.allCases,
    tableEntries: Int = 128, keyBytes: Int = 40, isIPv6: Bool = false
  ) -> PortOffer {
    var offer = PortOffer()
    (offer.tableEntries, offer.keyBytes, offer.hashes) = (tableEntries, keyBytes, hashes)
    offer.rules = rules.flatMap { field in
      [false, true].map { FlowRule.Kind(field, isIPv6: isIPv6, isInUDP: $0) }
    }
    return offer
  }

  static func choice(_ plan: CasePlan, _ offers: PortOffer...) -> BlackWay? {
    BlackWay.choose(for: plan, offers: offers)
  }

  @Test(arguments: marked) func whatPacketsHaveAnywayComesFirst(system: System, field: FlowRule.Field) {
    for udpPort in [nil, UInt16(4500)] {
      let plan = Self.plan(system, udpPort: udpPort)
      #expect(Self.choice(plan, Self.offer(), Self.offer()) == .rules(field))
      // Whatever they are taken for, four bytes can be looked at.
      #expect(Self.choice(plan, Self.offer(rules: [.bytes]), Self.offer(rules: [.bytes])) == .rules(.bytes))
      // Of both ports, for outer packets as they are.
      #expect(Self.choice(plan, Self.offer(), Self.offer(rules: [.udpSource])) != .rules(field))
      let other = Self.plan(system, udpPort: udpPort, isIPv6: true)
      #expect(Self.choice(other, Self.offer(), Self.offer()) != .rules(field))
    }
  }

  /// In a protocol, or behind a UDP port, of its own nobody takes VPE for ESP.
  @Test func whatHasAnotherProtocolOrPortThanESPHasNoSPI() {
    var plan = Self.plan(.vpe)
    plan.encapsulation.vpeProtocol = 253
    #expect(Self.choice(plan, Self.offer(), Self.offer()) == .rules(.bytes))
    plan.encapsulation.udpPort = 4501
    #expect(Self.choice(plan, Self.offer(), Self.offer()) == .rules(.bytes))
    #expect(plan.blackRules(.aToB) == [])
    plan.blackWay = .rules(.bytes)
    #expect(plan.blackRules(.aToB).allSatisfy { $0.udpPort == 4501 && $0.offset == 0 })
  }

  @Test func thenComesWhatTheSenderAdds() {
    let plan = Self.plan(.vpe, udpPort: 4500)
    let (rules, hashes) = (Self.offer(rules: [.udpSource]), Self.offer(rules: []))
    #expect(Self.choice(plan, rules, rules) == .udpRules)
    #expect(Self.choice(plan, rules, hashes) == .udpHash(tableEntries: 128))
    // Nobody can foretell where these lead.
    for odd in [
      Self.offer(rules: [], hashes: [.addresses]), Self.offer(rules: [], tableEntries: 0),
      Self.offer(rules: [], tableEntries: 96), Self.offer(rules: [], tableEntries: 512),
      Self.offer(rules: [], keyBytes: 0), Self.offer(rules: [], hashes: [.udp6]),
    ] { #expect(Self.choice(plan, hashes, odd) == .software) }
    // Directly in IP there is no port; with fewer of them than threads some would get nothing.
    #expect(Self.choice(Self.plan(.vpe), rules, rules) == .software)
    #expect(Self.choice(Self.plan(.wireguardParallel, 2, 3), rules, rules) == .software)
    #expect(Self.choice(Self.plan(.wireguardParallel, 3, 3), rules, rules) == .udpRules)
  }

  @Test func whatOneThreadOpensNeedsNoLeading() {
    #expect(Self.choice(Self.plan(.vpe, 4, 1), Self.offer(), Self.offer()) == nil)
    #expect(Self.choice(Self.plan(.espSingle, 1, 1), Self.offer(), Self.offer()) == nil)
  }

  /// Associations go to the threads that the hash gives them to, if it leaves no thread without.
  @Test func aHashOfSPIsNeedsManyOfThem() {
    let hashes = Self.offer(rules: [])
    #expect(Self.choice(Self.plan(.espMultiSA, tunnels: 64), hashes, hashes) == .spiHash(tableEntries: 128))
    #expect(Self.choice(Self.plan(.vpe, 64, 4), hashes, hashes) == .spiHash(tableEntries: 128))
    #expect(Self.choice(Self.plan(.eespSubSA, 64, 4), hashes, hashes) == .software)
    // Eight associations leave one of seven threads without any.
    #expect(Self.choice(Self.plan(.espMultiSA, 8, 7), hashes, hashes) == .software)
    // Of what is in UDP the hash knows no SPI.
    #expect(
      Self.choice(Self.plan(.espMultiSA, udpPort: 4500, tunnels: 64), hashes, hashes)
        == .udpHash(tableEntries: 128))
  }

  /// The queues of the rules that a sealed packet meets.
  private static func queues(_ rules: [FlowRule], _ packet: UnsafeRawPointer) -> [Int] {
    rules.filter { rule in
      let offset: Int? =
        switch rule.kind.field {
        case .spi: 0
        case .sequence: 4
        case .bytes: rule.offset
        case .udpSource: nil
        }
      return offset.map { packet.loadBig($0, as: UInt32.self) & rule.mask == rule.value } ?? false
    }.map(\.queue)
  }

  /// As a steering stage would choose, and each packet by one rule.
  @Test(arguments: marked, [(4, 4), (5, 3), (3, 5), (7, 2)]) func rulesLeadWhereAStageWould(
    _ way: (System, FlowRule.Field), _ threads: (sealing: Int, opening: Int)
  ) {
    for (direction, field) in [(TestKeys.Direction.aToB, way.1), (.bToA, .bytes)] {
      var plan = Self.plan(way.0, threads.sealing, threads.opening)
      plan.blackWay = .rules(field)
      let rules = plan.blackRules(direction)
      let packet = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 8)
      defer { packet.deallocate() }
      var seen: Set<Int> = []
      var last: [Int] = []
      for number in 0..<4096 {
        for byte in 0..<64 {
          packet.storeBytes(of: UInt8(truncatingIfNeeded: byte * 7), toByteOffset: byte, as: UInt8.self)
        }
        let thread = number % threads.sealing
        let target: Int?
        switch way.0 {
        case .espMultiSA:
          packet.storeBig(TestKeys.firstSPI(direction) + UInt32(thread), ESPLayout.spiOffset)
          target = thread % threads.opening
        case .vpe:
          packet.storeBytes(
            of: UInt16(thread).littleEndian, toByteOffset: VPELayout.windowOffset, as: UInt16.self)
          #expect(Int(VPE.window(packet)) == thread)
          target = thread % threads.opening
        case .eespSubSA:
          packet.storeBig(UInt16(thread), EESPLayout.sessionOffset)
          #expect(Int(EESP.window(packet)) == thread)
          target = thread % threads.opening
        case .psp, .pspDerive:
          packet.storeBig(UInt64(thread) << 48 | UInt64(number), PSPLayout.ivOffset)
          #expect(Int(PSP.number(packet) >> 48) == thread)
          target = thread % threads.opening
        case .wireguardParallel:
          packet.storeBytes(
            of: UInt64(number).littleEndian, toByteOffset: WireGuardLayout.counterOffset, as: UInt64.self)
          target = nil
        default:
          packet.storeBig(UInt32(number), ESPLayout.sequenceOffset)
          target = nil
        }
        let found = Self.queues(rules, packet)
        #expect(found.count == 1 && found.allSatisfy { target == nil || $0 == target }, "\(number): \(found)")
        seen.formUnion(found)
        // Numbers that are sealed at once are opened by one thread.
        if target == nil, number % 64 > 0 { #expect(found == last) }
        last = found
      }
      let isShared = way.0 == .espParallel || way.0 == .wireguardParallel
      let most = isShared ? threads.opening : min(threads.sealing, threads.opening)
      #expect(seen == Set(0..<most))
    }
  }

  /// Sealing threads have source ports that lead to the thread which opens what they seal.
  @Test(arguments: [2, 3, 8], [64, 128, 512]) func sourcePortsHashToTheirThreads(opening: Int, entries: Int) {
    for isIPv6 in [false, true] {
      var plan = Self.plan(.vpe, 8, opening, udpPort: 4500, isIPv6: isIPv6)
      plan.blackWay = .udpHash(tableEntries: entries)
      for thread in 0..<8 {
        guard let port = plan.sourcePort(ofThread: thread, .bToA) else {
          Issue.record("thread \(thread) has no port")
          continue
        }
        let hash =
          isIPv6
          ? ReceiveSideScaling.hash(
            source: TestAddress.gatewayB6, destination: TestAddress.gatewayA6, sourcePort: port,
            destinationPort: 4500)
          : ReceiveSideScaling.hash(
            source: TestAddress.gatewayB, destination: TestAddress.gatewayA, sourcePort: port,
            destinationPort: 4500)
        #expect(Int(hash) % entries % opening == thread % opening && port >= 49152)
      }
    }
    var plan = Self.plan(.vpe, 8, opening, udpPort: 4500)
    plan.blackWay = .udpRules
    let rules = plan.blackRules(.aToB)
    for thread in 0..<8 {
      let port = plan.sourcePort(ofThread: thread, .aToB).map(UInt32.init)
      #expect(rules.filter { $0.value == port }.map(\.queue) == [thread % opening])
    }
    plan.blackWay = nil
    #expect(plan.sourcePort(ofThread: 1, .aToB) == nil && plan.blackRules(.aToB) == [])
  }

  @Test func aThreadHasAQueueOfItsOwn() throws {
    let layout = try GatewayLayout(Self.plan(.vpe, 5, 3))
    #expect(layout.spreadQueues(at: .gatewayARed, of: 5) == 5)
    #expect(layout.spreadQueues(at: .gatewayBBlack, of: 5) == 3)
    #expect(layout.spreadQueues(at: .reflector, of: 5) == 3)
    let arrivals = layout.arrivals(at: .gatewayABlack, queues: 5)
    #expect(arrivals.map(\.thread) == [5, 6, 7] && arrivals.map(\.queues) == [[0, 3], [1, 4], [2]])
    // A stage before these threads has all of them.
    var plan = Self.plan(.vpe, 5, 3)
    plan.blackWay = .software
    let steered = try GatewayLayout(plan)
    #expect(steered.arrivals(at: .gatewayABlack, queues: 5).map(\.thread) == [8])
    #expect(steered.spreadQueues(at: .gatewayABlack, of: 5) == 1)
  }
}

extension OnDPDK {
  /// What is on the black link where ports lead packets by UDP source ports.
  @Suite struct SourcePortTests {
    /// Frames of a capture (pcapng, enhanced packet blocks).
    private static func frames(_ file: URL) throws -> [(interface: UInt32, bytes: [UInt8])] {
      let bytes = [UInt8](try Data(contentsOf: file))
      func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
      var found: [(UInt32, [UInt8])] = []
      var offset = 0
      while offset + 12 <= bytes.count {
        if word(offset) == 6 {
          let start = offset + 28
          found.append((UInt32(word(offset + 8)), Array(bytes[start..<(start + word(offset + 20))])))
        }
        offset += word(offset + 4)
      }
      return found
    }

    @Test(arguments: [1, 2], [false, true]) func sealedPacketsHaveTheirThreadsPort(
      classes: Int, isIPv6: Bool
    ) throws {
      var plan = TestHost.plan(.vpe, aead: "aes-128-gcm", threads: 5, frameBytes: 128)
      (plan.sealThreads, plan.inFlightFrames, plan.classes) = (3, 64, classes)
      plan.policy = TunnelPolicy(copiesFields: classes > 1)
      plan.encapsulation = Encapsulation(udpPort: 4500, isIPv6: isIPv6)
      plan.blackWay = .udpRules
      let frames = try withTemporaryFolder { folder in
        try Self.frames(TopologyCaptureTests.capture(plan, in: folder).file)
      }
      let udp = isIPv6 ? 54 : 34
      var seen: Set<Int> = []
      for (interface, frame) in frames {
        let port = UInt32(frame[udp]) << 8 | UInt32(frame[udp + 1])
        let window = Int(frame[udp + 10]) | Int(frame[udp + 11]) << 8
        // Interface 0 has what A sends.
        let rules = plan.blackRules(interface == 0 ? .aToB : .bToA)
        #expect(rules.filter { $0.value == port }.map(\.queue) == [window % 2])
        seen.insert(window)
      }
      #expect(seen.count == 3 * classes)
    }
  }
}
