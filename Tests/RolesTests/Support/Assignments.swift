import Model

/// Assignments of a pipeline's stages to threads, hand-made and searched for.
enum Assignments {
  /// Costs that divide evenly, chosen for sums by hand; not measured.
  static let ticks: [StageKind: Double] = [
    .seal: 200, .open: 160, .receive: 24, .number: 20, .receiveNumber: 32, .encrypt: 128, .steer: 40,
    .decrypt: 112, .decryptTransmit: 128, .transmit: 30,
  ]

  /// The best assignment for these costs.
  static func best(threads: Int, steering: Int = .max) -> PipelineAssignment? {
    guard let costs = try? StageCosts(ticksPerPacket: ticks, ticksPerSecond: 1e9) else { return nil }
    return try? AssignmentSearch.best(threads: threads, costs: costs, steerThreadsMax: steering)
  }

  /// Who, beside those that do nothing else, encrypts or decrypts.
  enum Helpers: CaseIterable {
    case none, serial, io, all
  }

  /// A direction whose encryption or decryption is divided evenly.
  /// - Parameters:
  ///   - workers: threads that do nothing else.
  ///   - io: receive or transmit threads.
  ///   - deal: threads that number or steer.
  static func even(
    _ direction: StageKind.Direction, workers: Int, io: Int = 0, deal: Int = 1, helpers: Helpers = .none
  ) throws -> DirectionAssignment {
    let serialHelps = helpers == .serial || helpers == .all || workers + (helpers == .io ? io : 0) == 0
    let ioHelps = helpers == .io || helpers == .all
    let workersAre = Array(repeating: true, count: workers)
    let ioAre = Array(repeating: ioHelps, count: io)
    let works =
      Array(repeating: serialHelps, count: deal)
      + (direction == .seal ? ioAre + workersAre : workersAre + ioAre)
    let count = works.count { $0 }
    var left = DirectionAssignment.units
    var toServe = count
    let shares = works.map { worksHere -> Int in
      guard worksHere else { return 0 }
      defer { toServe -= 1 }
      let share = left / toServe
      left -= share
      return share
    }
    return try DirectionAssignment(
      direction: direction, ioThreads: io, dealThreads: deal, shares: shares)
  }

  /// One with `encrypters` and `decrypters`, and nothing else beside the thread that numbers and those that
  /// steer.
  static func plain(
    encrypters: Int, decrypters: Int, steerers: Int = 1
  ) throws -> PipelineAssignment {
    try PipelineAssignment(
      seal: even(.seal, workers: encrypters), open: even(.open, workers: decrypters, deal: steerers))
  }

  /// Hand-made ones of every kind: with and without receive and transmit threads, shares on each kind of
  /// thread, even and very uneven, one thread a direction.
  static func handMade() throws -> [PipelineAssignment] {
    func pair(_ seal: DirectionAssignment, _ open: DirectionAssignment) throws -> PipelineAssignment {
      try PipelineAssignment(seal: seal, open: open)
    }
    func given(
      _ direction: StageKind.Direction, io: Int, deal: Int = 1, _ shares: [Int]
    ) throws -> DirectionAssignment {
      try DirectionAssignment(direction: direction, ioThreads: io, dealThreads: deal, shares: shares)
    }
    var all = [
      try pair(even(.seal, workers: 0), even(.open, workers: 3)),
      try pair(even(.seal, workers: 3), even(.open, workers: 0)),
      try pair(given(.seal, io: 0, [1, 127]), given(.open, io: 0, [127, 1])),
      try pair(given(.seal, io: 1, [0, 128]), given(.open, io: 1, [0, 128])),
      // More threads that transmit than those that decrypt.
      try pair(given(.seal, io: 2, [128, 0, 0]), given(.open, io: 2, [128, 0, 0])),
      try pair(given(.seal, io: 1, [1, 2, 125]), given(.open, io: 1, [3, 124, 1])),
      // Several threads that steer: alone, with a share, more of them than of those that encrypt.
      try pair(even(.seal, workers: 2), even(.open, workers: 2, deal: 2)),
      try pair(even(.seal, workers: 0), even(.open, workers: 0, deal: 3, helpers: .serial)),
      try pair(given(.seal, io: 1, [10, 20, 98]), given(.open, io: 1, deal: 2, [7, 21, 100, 0])),
      try pair(given(.seal, io: 0, [0, 1, 127]), given(.open, io: 2, deal: 3, [0, 0, 0, 30, 90, 8, 0])),
    ]
    for helpers in Helpers.allCases {
      for io in 1...2 {
        all.append(
          try pair(
            even(.seal, workers: 2, io: io, helpers: helpers),
            even(.open, workers: 3, io: 3 - io, helpers: helpers)))
      }
    }
    return all
  }
}
