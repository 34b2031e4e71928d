import Cases
import Dataplane
import Foundation
import Roles
import Testing

/// How the gateways of a replay test are threaded, and how large their windows are.
struct ReplayCase: Sendable, CustomTestStringConvertible {
  var model: System
  /// Threads that seal, or encrypt in a pipeline.
  var sealing: Int
  /// Threads that open, or decrypt in a pipeline.
  var opening: Int
  var steering = Steering.queue
  var window = 64
  /// Threads that steer, in a pipeline.
  var steerers = 1

  /// Both kinds of sequence number and of encapsulation take turns over the thread counts.
  var usesESN: Bool { (sealing + opening) % 2 == 0 }
  var udpPort: UInt16? { opening % 3 == 0 ? 4500 : nil }

  var testDescription: String {
    "\(model.rawValue) \(sealing) seal, \(opening) open, \(steerers) by \(steering), window \(window)"
  }

  /// Whether all sealing threads take their numbers from one counter.
  var sharesNumbers: Bool { model.isPipeline || model.sharesAssociation }

  /// The numbers that an opening thread remembers, counted down from the highest that it has seen.
  var span: Int { model == .espPipeline ? min(window * opening, 4096 * 128) : window }

  var outerBytes: Int { udpPort == nil && !model.isAlwaysInUDP ? 34 : 42 }

  func plan(_ cipher: AEADAlgorithm = .aes128GCM) throws -> CasePlan {
    var plan = TestHost.plan(model, aead: cipher.rawValue, threads: sealing + opening)
    if model == .espPipeline {
      let assignment = try Assignments.plain(
        encrypters: sealing, decrypters: opening, steerers: steerers)
      plan.assignment = assignment
      plan.threads = assignment.threads
    } else if model.choosesSealThreads {
      plan.sealThreads = sealing
    }
    plan.steering = steering
    plan.windowSize = window
    plan.esn = usesESN
    plan.encapsulation.udpPort = udpPort
    plan.inFlightFrames = 2048
    return plan
  }

  /// How a packet from before its window is counted. With extended numbers it is taken for one of the next
  /// 2^32, and does not authenticate (RFC 4303 appendix A2.2).
  var tooOld: String { !model.hasESN || !usesESN ? "too_old" : "authentication" }

  /// Who has the window that a packet belongs to.
  func window(of packet: SealedPacket) -> Int {
    if model.sharesAssociation { return 0 }
    guard model == .espPipeline else { return Int(packet.association) }
    // Blocks of 64 numbers, dealt out to equal shares in turn as far as they are equal.
    let shares = (try? Assignments.plain(encrypters: sealing, decrypters: opening).open.shares) ?? []
    let order = ShareTable.order(shares.filter { $0 > 0 })
    return order[Int(packet.number / 64 % 128)]
  }

  private static let models = System.gateways.filter {
    $0.hasReplayWindow && ($0 == .espPipeline || $0.choosesSealThreads)
  }

  /// Every model with 1 to 8 threads that open; as many seal, fewer, or more.
  static func all(window: Int, opening: [Int] = Array(1...8)) -> [ReplayCase] {
    let sealing = [3, 2, 5, 8, 1, 4, 7, 3]
    return opening.flatMap { opening -> [ReplayCase] in
      let seal = sealing[opening - 1]
      var cases = models.map { ReplayCase(model: $0, sealing: seal, opening: opening, window: window) }
      if opening == 1 {
        cases.append(ReplayCase(model: .espSingle, sealing: 1, opening: 1, window: window))
      } else {
        cases.append(
          ReplayCase(
            model: .espPipeline, sealing: seal, opening: opening, window: window, steerers: 1 + opening / 2))
        cases += models.filter(\.runsInParallel).map {
          ReplayCase(model: $0, sealing: seal, opening: opening, steering: .software, window: window)
        }
      }
      return cases
    }
  }
}

/// The inner packets of replay tests: each has an identity, from 1.
enum InnerFrame {
  private static let identityOffset = 42
  private static let template = naiveEthernet(
    .generator, naiveIPv4(17, from: 0xC612_0001, to: 0xC613_0001, naiveUDP(9, 7, [UInt8](0..<18))))

  static func make(_ identity: UInt64) -> [UInt8] {
    var frame = template
    frame.replaceSubrange(identityOffset..<(identityOffset + 8), with: big(identity, 8))
    return frame
  }

  /// The identity of a frame that is otherwise as it was made, but for its MAC addresses.
  static func identity(_ packet: Packet) -> UInt64? {
    guard packet.count == template.count else { return nil }
    let identity = UInt64(
      bigEndian: packet.data.loadUnaligned(fromByteOffset: identityOffset, as: UInt64.self))
    return packet.frame.dropFirst(12) == make(identity).dropFirst(12) ? identity : nil
  }
}

/// What gateway A seals of `count` inner packets, by number, then by association.
func sealedTraffic(_ test: ReplayCase, _ count: Int, onCores: Bool = false) throws -> [SealedPacket] {
  let gateway = try LoneGateway(test.plan(), .gatewayA)
  var sealed: [SealedPacket] = []
  func collect() -> Int {
    gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
      sealed.append(
        SealedPacket(
          queue: queue, frame: packet.frame, outerBytes: test.outerBytes, of: test.model))
    }
  }
  if onCores { try gateway.topology.start() }
  defer { if onCores { gateway.topology.stop() } }
  for (turn, first) in stride(from: 1, through: count, by: 50).enumerated() {
    let frames = (first...min(first + 49, count)).map { InnerFrame.make(UInt64($0)) }
    let queue = gateway.red.queue(turn % gateway.redQueues.transmit)
    try gateway.put(frames[...], into: queue, polling: !onCores)
    if !onCores { for _ in 0..<gateway.redQueues.transmit { gateway.topology.turn(gateway.stages) } }
    // Never more under way than the rings between the threads hold.
    _ = waitUntil {
      _ = collect()
      return !onCores || first - sealed.count < 900
    }
  }
  let isComplete = waitUntil {
    if !onCores { gateway.topology.turn(gateway.stages) }
    _ = collect()
    return sealed.count == count
  }
  try #require(isComplete, "\(sealed.count) of \(count) packets were sealed, \(gateway.drops)")
  try #require(gateway.dropped == 0)
  return sealed.sorted { ($0.number, $0.association) < ($1.number, $1.association) }
}

/// Gateway B, to which sealed packets are delivered, and an account of what comes out of it: a set of
/// identities, which knows nothing of numbers and windows.
final class ReplayHarness {
  let gateway: LoneGateway
  private let onCores: Bool
  private var delivered = 0
  /// How often each inner packet came out.
  private(set) var copies: [UInt64: Int] = [:]
  private(set) var passed = 0
  /// Frames that came out and are no inner packet of the test.
  private(set) var strangers = 0

  /// - Parameter plan: if it is not the case's own.
  init(_ test: ReplayCase, _ plan: CasePlan? = nil, onCores: Bool = false) throws {
    gateway = try LoneGateway(plan ?? test.plan(), .gatewayB)
    self.onCores = onCores
    if onCores { try gateway.topology.start() }
  }

  deinit { if onCores { gateway.topology.stop() } }

  private func collect() {
    passed += gateway.take(gateway.red, queues: gateway.redQueues.receive) { _, packet in
      if let identity = InnerFrame.identity(packet) {
        copies[identity, default: 0] += 1
      } else {
        strangers += 1
      }
    }
  }

  /// Delivers packets in bursts, neighbours of the same queue together, and waits until each has come out
  /// or was dropped. On cores the bursts follow each other at once.
  func deliver(_ packets: [SealedPacket]) throws {
    var start = 0
    while start < packets.count {
      let queue = packets[start].queue
      let rest = packets[start..<min(start + Burst.capacity, packets.count)]
      let frames = rest.prefix { $0.queue == queue }.map(\.frame)
      try gateway.put(frames[...], into: gateway.black.queue(queue), polling: !onCores)
      delivered += frames.count
      start += frames.count
      if !onCores { turnUntilCalm() }
      // Never more under way than the rings between the threads hold.
      _ = waitUntil {
        collect()
        return !onCores || delivered - passed < 900 || delivered - passed - gateway.dropped < 900
      }
    }
    let isSettled = waitUntil {
      collect()
      return passed + gateway.dropped >= delivered
    }
    try #require(isSettled, "\(delivered) delivered, \(passed) passed, \(gateway.drops)")
  }

  private func turnUntilCalm() {
    // A stage with several queues looks into one at a time.
    var calm = 0
    while calm <= gateway.blackQueues.transmit {
      calm = gateway.topology.turn(gateway.stages) == 0 ? calm + 1 : 0
    }
    collect()
  }

  /// `count` inner packets have come out, one copy of each; those from 1 to `all` if it is not nil.
  func expectExactlyOnce(_ count: Int, of all: Int?, _ comment: Comment) {
    #expect(strangers == 0, comment)
    #expect(copies.count == count, comment)
    #expect(copies.values.allSatisfy { $0 == 1 }, comment)
    if let all { #expect(Set(copies.keys) == Set(1...UInt64(all)), comment) }
  }

  func expect(_ drops: [String: Int], _ comment: Comment) {
    #expect(gateway.drops == drops.filter { $0.value > 0 }.mapValues { UInt64($0) }, comment)
  }

  /// Once all has gone its way, no buffer is left.
  func expectNothingLeft(_ comment: Comment) {
    #expect(gateway.topology.pool.inUse == 0, comment)
  }
}

extension Array where Element == SealedPacket {
  /// Parts whose numbers lie so close together that a window holds all of them.
  func within(_ span: Int) -> [[SealedPacket]] {
    var parts: [[SealedPacket]] = []
    for packet in self {
      let part = Int((packet.number - 1) / UInt64(span))
      if part < parts.count { parts[part].append(packet) } else { parts.append([packet]) }
    }
    return parts
  }

  /// The same order within each queue, but in bursts.
  func inBursts() -> [SealedPacket] {
    stride(from: 0, to: count, by: 512).flatMap { start in
      self[start..<Swift.min(start + 512, count)].enumerated().sorted {
        ($0.element.queue, $0.offset) < ($1.element.queue, $1.offset)
      }.map(\.element)
    }
  }
}
