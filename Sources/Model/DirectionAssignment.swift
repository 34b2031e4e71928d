/// Which stage stands where in one direction of the pipeline.
struct PipelineStages {
  /// On the threads that number or steer.
  let serial: StageKind
  /// Divided by the shares.
  let shared: StageKind
  /// On the I/O threads.
  let io: StageKind

  /// Without I/O threads, the stage beside them does their work as well.
  init(_ direction: StageKind.Direction, hasIOThreads: Bool) {
    switch direction {
    case .seal:
      serial = hasIOThreads ? .number : .receiveNumber
      shared = .encrypt
      io = .receive
    case .open:
      serial = .steer
      shared = hasIOThreads ? .decrypt : .decryptTransmit
      io = .transmit
    }
  }
}

/// Which thread of one direction of the ESP pipeline does what (paper, Fig. 4, but that any number of threads
/// may steer).
///
/// The threads stand in a fixed order:
/// ```
/// seal   0: numbering    then `ioThreads` receive threads     then threads that only encrypt
/// open   `dealThreads` steer threads   then threads that only decrypt   then `ioThreads` transmit threads
/// ```
/// Every thread may have a share of the encryption or decryption; one that does nothing else must. Without
/// receive threads the numbering thread also receives; without transmit threads whoever decrypts also
/// transmits. Receive, steer and transmit threads divide the packets evenly, as RSS and rings do.
public struct DirectionAssignment: Codable, Equatable, Sendable {
  /// The parts into which the numbering and the steering table divide the packets.
  public static let units = 128

  /// The direction.
  public let direction: StageKind.Direction
  /// Receive threads of the seal direction, transmit threads of the open direction.
  public let ioThreads: Int
  /// Threads that deal packets to those that encrypt or decrypt: one that numbers, or those that steer.
  public let dealThreads: Int
  /// The share of the packets that each thread encrypts or decrypts, in 1/`units` of them.
  public let shares: [Int]

  /// - Throws: a `ModelFailure` that says which thread is at fault.
  public init(
    direction: StageKind.Direction, ioThreads: Int, dealThreads: Int = 1, shares: [Int]
  ) throws {
    guard !shares.isEmpty else { throw ModelFailure.noThreads(direction) }
    guard (1...(direction == .seal ? 1 : shares.count)).contains(dealThreads) else {
      throw ModelFailure.dealThreads(direction, count: dealThreads, threads: shares.count)
    }
    guard (0...shares.count - dealThreads).contains(ioThreads) else {
      throw ModelFailure.ioThreads(direction, count: ioThreads, threads: shares.count)
    }
    for (thread, units) in shares.enumerated() where !(0...Self.units).contains(units) {
      throw ModelFailure.share(direction, thread: thread, units: units)
    }
    let sum = shares.reduce(0, +)
    guard sum == Self.units else { throw ModelFailure.shareSum(direction, units: sum) }
    self.direction = direction
    self.ioThreads = ioThreads
    self.dealThreads = dealThreads
    self.shares = shares
    if let idle = workerThreads.first(where: { shares[$0] == 0 }) {
      throw ModelFailure.idleThread(direction, thread: idle)
    }
  }

  /// The same checks as when made from parts: an assignment may come from a file.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      direction: container.decode(StageKind.Direction.self, forKey: .direction),
      ioThreads: container.decode(Int.self, forKey: .ioThreads),
      dealThreads: container.decodeIfPresent(Int.self, forKey: .dealThreads) ?? 1,
      shares: container.decode([Int].self, forKey: .shares))
  }

  /// Threads of the direction.
  public var threads: Int { shares.count }

  /// The stages of the direction.
  var stages: PipelineStages { PipelineStages(direction, hasIOThreads: ioThreads > 0) }

  /// The numbers of the threads that number or steer.
  public var dealThreadNumbers: Range<Int> { 0..<dealThreads }

  /// The numbers of the receive or transmit threads.
  public var ioThreadNumbers: Range<Int> {
    direction == .seal ? 1..<1 + ioThreads : threads - ioThreads..<threads
  }

  /// The numbers of the threads that only encrypt or decrypt.
  public var workerThreads: Range<Int> {
    direction == .seal ? 1 + ioThreads..<threads : dealThreads..<threads - ioThreads
  }

  /// Rings that each thread deals to which numbers or steers: one for each thread that has a share.
  public var rings: Int { shares.count { $0 > 0 } }

  /// The stages that a thread polls, in the order in which a packet meets them; none for a thread that there
  /// is not.
  public func stages(ofThread thread: Int) -> [StageKind] {
    guard shares.indices.contains(thread) else { return [] }
    let shared = shares[thread] > 0 ? [stages.shared] : []
    if dealThreadNumbers.contains(thread) { return [stages.serial] + shared }
    guard ioThreadNumbers.contains(thread) else { return shared }
    return direction == .seal ? [stages.io] + shared : shared + [stages.io]
  }
}

extension DirectionAssignment: CustomStringConvertible {
  /// A cell of a table, such as `number 7/128 + 2 × receive + 3 × encrypt`: a fraction is a thread's share of
  /// the encryption or decryption. Threads that do nothing else have the rest in equal parts, or show them.
  public var description: String {
    let several = dealThreads > 1 ? "\(dealThreads) × " : ""
    var parts = [several + stages.serial.rawValue + fraction(dealThreadNumbers)]
    let io = "\(ioThreads) × \(stages.io.rawValue)" + fraction(ioThreadNumbers)
    let workers = "\(workerThreads.count) × \(stages.shared.rawValue)" + unevenFraction(workerThreads)
    let groups = [(io, ioThreads), (workers, workerThreads.count)]
    for (text, count) in direction == .seal ? groups : groups.reversed() where count > 0 {
      parts.append(text)
    }
    return parts.joined(separator: " + ")
  }

  /// The least and the greatest share of some threads.
  private func range(_ threads: Range<Int>) -> (least: Int, greatest: Int) {
    (shares[threads].min() ?? 0, shares[threads].max() ?? 0)
  }

  private func fraction(_ threads: Range<Int>) -> String {
    let (least, greatest) = range(threads)
    if greatest == 0 { return "" }
    return least == greatest ? " \(least)/\(Self.units)" : " \(least)-\(greatest)/\(Self.units)"
  }

  private func unevenFraction(_ threads: Range<Int>) -> String {
    let (least, greatest) = range(threads)
    // A difference of one unit is what does not divide evenly.
    return greatest - least > 1 ? fraction(threads) : ""
  }
}

/// Which thread of a gateway of the ESP pipeline does what.
public struct PipelineAssignment: Codable, Equatable, Sendable, CustomStringConvertible {
  /// Red to black.
  public let seal: DirectionAssignment
  /// Black to red.
  public let open: DirectionAssignment

  /// - Throws: `ModelFailure.direction` if the two are exchanged.
  public init(seal: DirectionAssignment, open: DirectionAssignment) throws {
    guard seal.direction == .seal else { throw ModelFailure.direction(expected: .seal) }
    guard .open == open.direction else { throw ModelFailure.direction(expected: .open) }
    self.seal = seal
    self.open = open
  }

  /// The same checks as when made from parts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      seal: container.decode(DirectionAssignment.self, forKey: .seal),
      open: container.decode(DirectionAssignment.self, forKey: .open))
  }

  /// Threads of the gateway, both directions together.
  public var threads: Int { seal.threads + open.threads }

  /// Both directions, such as
  /// `seal: receive-number 31/128 + 1 × encrypt; open: steer + 2 × decrypt-transmit`.
  public var description: String { "seal: \(seal); open: \(open)" }
}
