import Cases
import Crypto
import Tunnel

/// The expanded keys and the terms of many associations, shared by all threads. It makes sealers, openers and
/// tables for a gateway's tunnels and for packet-cost samples.
final class AssociationSet {
  let keys: [TestKeys]
  private let algorithm: AEADAlgorithm
  private let arena: AEADKeyArena
  /// The terms of each association; a single entry for all in a stateless format.
  private let terms: [TunnelTerms]
  /// The number of keys in a generation of an association; 0 if all associations share one key.
  private let keyDistance: Int
  /// How many generations of an association there is room for.
  private let generations: Int
  private var scratches: [AEADScratch] = []
  private var memories: [PageArena] = []
  private var atEnd: [() -> Void] = []

  /// - Parameters:
  ///   - isGroup: whether all associations share the first one's key, as the senders of a group do.
  ///   - generations: how many generations an association may have at a time; `keys` are those of the first.
  /// - Throws: `CryptoError`.
  init(_ keys: [TestKeys], format: FormatName?, isGroup: Bool = false, generations: Int = 1) throws {
    self.keys = keys
    self.generations = generations
    let isStateless = format?.facts.isStateless == true
    var materials = try keys.prefix(isStateless ? 1 : keys.count).map { try $0.material() }
    if isStateless { materials[0].terms.associations = keys.count }
    terms = materials.map(\.terms)
    algorithm = materials[0].algorithm
    keyDistance = isGroup ? 0 : materials[0].keys.count
    let distinct = isGroup ? materials[0].keys : materials.flatMap(\.keys)
    arena = try AEADKeyArena(algorithm, count: distinct.count * generations)
    let own = materials[0].keys.count
    for (index, key) in distinct.enumerated() {
      try arena.set(index / own * own * generations + index % own, key)
    }
  }

  deinit { atEnd.forEach { $0() } }

  /// A thread's scratch memory, which lives as long as this set.
  func scratch() throws -> AEADScratch {
    let scratch = try AEADScratch()
    scratches.append(scratch)
    return scratch
  }

  /// The first key of an association's generation, ready for a thread.
  func aead(_ index: Int, _ scratch: AEADScratch, generation: Int = 0) -> AEAD {
    AEAD(arena, firstKey(index, generation), scratch: scratch)
  }

  private func firstKey(_ index: Int, _ generation: Int) -> Int {
    (index * generations + generation % generations) * keyDistance
  }

  /// Memory that lives as long as this set.
  func memory(_ bytes: Int) throws -> UnsafeMutableRawPointer {
    let memory = try PageArena(bytes: max(bytes, 1))
    memories.append(memory)
    return memory.start
  }

  // MARK: - One

  /// A thread's sealer of an association, or of all associations in a stateless format.
  func sealer<Format: TunnelFormat>(
    _ format: Format.Type, number: Int = 0, window: Int = 0, _ scratch: AEADScratch,
    after sequence: UInt64 = 0
  ) -> Format.Sealer {
    format.sealer(
      format.association(terms[number]), window: UInt16(window), aead: aead(number, scratch),
      sequence: sequence)
  }

  /// A thread's opener of an association, or of all in a stateless format, with its windows at `memory`.
  func opener<Format: TunnelFormat>(
    _ format: Format.Type, number: Int = 0, _ scratch: AEADScratch, _ ownership: WindowOwnership,
    after top: UInt64 = 0, in memory: UnsafeMutableRawPointer
  ) -> Format.Opener {
    format.opener(
      format.association(terms[number]), aead: aead(number, scratch), ownership, top: top, in: memory)
  }

  /// An opener with empty windows of its own.
  func opener<Format: TunnelFormat>(
    _ format: Format.Type, number: Int = 0, _ scratch: AEADScratch, _ ownership: WindowOwnership
  ) throws -> Format.Opener {
    opener(format, number: number, scratch, ownership, in: try memory(format.windowBytes(ownership)))
  }

  /// The opener for all senders that share one key, with empty windows.
  /// - Parameter windows: the windows' size in bytes, and a function that makes them in memory of that size;
  ///   nil for no replay check.
  func groupOpener<Format: GroupFormat>(
    _ format: Format.Type, _ scratch: AEADScratch,
    windows: (bytes: Int, make: (UnsafeMutableRawPointer) -> GroupWindows)?
  ) throws -> GroupOpener<Format> {
    GroupOpener(
      terms[0], aead: aead(0, scratch), windows: try windows.map { $0.make(try memory($0.bytes)) })
  }

  // MARK: - Tables

  /// A thread's table of sealers of the associations `numbers`; tunnel t uses the entry t.
  func table<Sealer: AssociationSealer>(
    _ numbers: [Int], _ scratch: AEADScratch, _ make: (_ number: Int, AEAD) -> Sealer
  ) throws -> SealerTable<Sealer> {
    let table = try SealerTable(numbers.map { make($0, aead($0, scratch)) }, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    return table
  }

  /// A table of a format's sealers, each of which continues after a sequence number of its own.
  func sealers<Format: TunnelFormat>(
    _ format: Format.Type, _ numbers: [Int], window: Int = 0, _ scratch: AEADScratch,
    after sequence: (Int) -> UInt64 = { _ in 0 }
  ) throws -> SealerTable<Format.Sealer> {
    try table(numbers, scratch) { number, _ in
      sealer(format, number: number, window: window, scratch, after: sequence(number))
    }
  }

  /// A thread's table of openers by SPI.
  /// - Parameters:
  ///   - numbers: the association of each SPI from `firstSPI` on; nil for one that another thread opens.
  ///   - ownership: the windows of each association that the thread owns; the caller keeps it alive.
  func openers<Format: TunnelFormat>(
    _ format: Format.Type, firstSPI: UInt32, _ numbers: [Int?], _ scratch: AEADScratch,
    _ ownership: WindowOwnership, after top: (Int) -> UInt64 = { _ in 0 }
  ) throws -> OpenerTable<Format.Opener> {
    let bytes = format.windowBytes(ownership)
    var next = try memory(numbers.count { $0 != nil } * bytes)
    let table = try OpenerTable(
      firstSPI: firstSPI,
      openers: numbers.map { number in
        guard let number else { return Format.Opener?.none }
        defer { next += bytes }
        return opener(format, number: number, scratch, ownership, after: top(number), in: next)
      }, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    return table
  }

  // MARK: - Renewed

  /// Expands the keys of an association's new generation, in the memory of the oldest one, which no thread
  /// uses any more.
  /// - Returns: the generation's terms.
  /// - Throws: `CryptoError`.
  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws -> TunnelTerms {
    let material = try keys.material()
    for (index, key) in material.keys.enumerated() {
      try arena.set(firstKey(number, generation) + index, key)
    }
    return material.terms
  }

  /// Wipes the keys of a generation that no thread uses any more.
  func wipe(_ number: Int, generation: Int) {
    for index in 0..<keyDistance { arena.wipe(firstKey(number, generation) + index) }
  }

  /// A thread's table of renewable sealers of the associations `numbers`, and a handle by which they are
  /// renewed.
  /// - Parameter make: the sealer of an association's generation.
  func renewedSealers<Sealer: NumberingSealer>(
    _ numbers: [Int], softNumber: UInt64, _ make: @escaping (RenewedEnd) -> Sealer
  ) throws -> (table: RenewedSealers<Sealer>, thread: SealingThreads.Thread) {
    let table = try RenewedSealers(
      numbers.map { make(end($0)) }, softNumber: softNumber, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    let thread = SealingThreads.Thread(numbers: numbers, table: table) { [unowned self] in
      table.renew($0, generation: $1, make(end(numbers[$0], generation: $1, $2)))
    }
    return (table, thread)
  }

  /// The renewable sealer of the only association, whose sequence numbers another thread assigns, and a
  /// handle by which it is renewed.
  func renewedSealer<Sealer: NumberedSealer>(
    cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>, _ make: @escaping (RenewedEnd) -> Sealer
  ) throws -> (sealer: RenewedCursorSealer<Sealer>, thread: SealingThreads.Thread) {
    let sealer = try RenewedCursorSealer(make(end(0)), cursor: cursor)
    atEnd.append { sealer.deallocate() }
    let thread = SealingThreads.Thread(numbers: [0], table: sealer) { [unowned self] in
      sealer.renew(generation: $1, make(end(0, generation: $1, $2)))
    }
    return (sealer, thread)
  }

  /// A thread's table of renewable openers, and a handle by which they are renewed.
  /// - Parameters:
  ///   - numbers: nil for an association that another thread opens.
  ///   - make: the opener of an association's generation.
  func renewedOpeners<Opener: AssociationOpener>(
    firstSPI: UInt32, _ numbers: [Int?], _ make: @escaping (RenewedEnd) -> Opener
  ) throws -> (table: RenewedOpeners<Opener>, thread: OpeningThreads.Thread) {
    let table = try RenewedOpeners(
      firstSPI: firstSPI, stride: TestKeys.stride(numbers.count),
      openers: numbers.map { number in number.map { make(end($0)) } }, algorithm: algorithm)
    atEnd.append { table.deallocate() }
    let thread = OpeningThreads.Thread(table: table) { [unowned self] in
      table.renew($0, generation: $1, make(end($0, generation: $1, $2)))
    }
    return (table, thread)
  }

  private func end(_ number: Int, generation: Int = 0, _ terms: TunnelTerms? = nil) -> RenewedEnd {
    RenewedEnd(number: number, generation: generation, terms: terms ?? self.terms[number]) {
      [unowned self] in aead(number, $0, generation: generation)
    }
  }
}

/// The parameters from which a sealer or an opener of a generation is made.
struct RenewedEnd {
  let number: Int
  let generation: Int
  let terms: TunnelTerms
  /// The generation's first key, ready for a thread.
  let aead: (AEADScratch) -> AEAD
}
