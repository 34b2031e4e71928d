import Crypto
import Wire

/// The replay windows of a group's senders in one receiving thread. The memory belongs to the caller.
///
/// All memory is allocated at the start: an element for each Sender ID, and a slot for each sender that the
/// group may have, with the windows that the thread owns. A sender gets its slot with its first authentic
/// packet and keeps it for ever, for its earlier packets could otherwise be replayed. A sender without the
/// key never gets one, so a flood of new IDs costs no memory.
///
/// The elements are indexed by Sender ID, without a search. A key server counts the IDs from 0 (RFC 9838), so
/// that those in use lie in few cache lines; and no choice of IDs makes the look-up of others slower.
///
/// The struct is a pointer to all of its state, so that the hot path keeps it in a register, and need not
/// store it to call functions that are seldom needed.
public struct GroupWindows {
  /// Properties that all windows share, in a cache line.
  @usableFromInline
  struct Head {
    /// How many senders have windows, and how many can.
    @usableFromInline var taken: UInt16
    @usableFromInline let capacity: UInt16
    /// The highest Sender ID, and the highest Window ID.
    @usableFromInline let lastSender: UInt16
    @usableFromInline let lastWindow: UInt16
    // The size of a window, as in `ReplayWindow`.
    @usableFromInline let numbers: UInt32
    @usableFromInline let lastWord: UInt16
    /// For each Window ID the offset of its window among those of a sender; negative for another thread's.
    @usableFromInline let starts: UnsafeMutablePointer<Int>
    /// For each Sender ID the sender's slot: slots are given in the order in which senders come.
    @usableFromInline let slots: UnsafeMutablePointer<UInt16>
    /// The windows of the first sender; those of the others follow at equal distances. Each is its top,
    /// then its words.
    @usableFromInline let first: UnsafeMutablePointer<UInt64>
    @usableFromInline let distance: Int
  }
  @usableFromInline let head: UnsafeMutablePointer<Head>

  /// Marks a Sender ID that has sent nothing authentic.
  @inlinable static var none: UInt16 { .max }
  /// The most senders that a group can have.
  public static var capacityMax: Int { Int(UInt16.max) }

  /// Windows for `capacity` senders, each with the windows of `ownership`, which the caller keeps alive.
  /// - Parameters:
  ///   - identities: the end of the Sender IDs, 65,536 at most.
  ///   - memory: `memoryBytes` bytes, from the start of a cache line on.
  public init(
    capacity: Int, identities: Int, _ ownership: WindowOwnership, in memory: UnsafeMutableRawPointer
  ) {
    precondition((1...Self.capacityMax).contains(capacity), "a group has 1 to \(Self.capacityMax) senders")
    precondition((1...65536).contains(identities), "there are 1 to 65536 Sender IDs, not \(identities)")
    precondition(MemoryLayout<Head>.size <= CacheLines.bytes)
    let slots = (memory + CacheLines.bytes).initializeMemory(
      as: UInt16.self, repeating: Self.none, count: identities)
    let first = memory + Self.indexBytes(identities)
    for slot in 0..<capacity { _ = VPEWindows(ownership, in: first + slot * ownership.memoryBytes) }
    head = memory.bindMemory(to: Head.self, capacity: 1)
    head.initialize(
      to: Head(
        taken: 0, capacity: UInt16(capacity), lastSender: UInt16(identities - 1),
        lastWindow: UInt16(ownership.count - 1), numbers: UInt32(ownership.size),
        lastWord: UInt16(ReplayWindow.memoryBytes(size: ownership.size) / 8 - 1),
        starts: ownership.starts, slots: slots, first: first.assumingMemoryBound(to: UInt64.self),
        distance: ownership.memoryBytes / 8))
  }

  private static func indexBytes(_ identities: Int) -> Int {
    CacheLines.bytes + CacheLines.whole(identities * MemoryLayout<UInt16>.stride)
  }

  /// Bytes of memory for so many senders.
  public static func memoryBytes(capacity: Int, identities: Int, _ ownership: WindowOwnership) -> Int {
    indexBytes(identities) + capacity * ownership.memoryBytes
  }

  /// How many senders have windows.
  public var count: Int { Int(head.pointee.taken) }

  /// Whether no further sender can have any.
  @inlinable @inline(__always)
  var isFull: Bool { head.pointee.taken >= head.pointee.capacity }

  /// Whether a packet with these IDs and this number may be fresh. Notes its window in `work`, nil where its
  /// sender has none yet, and fetches what marking the number will write.
  @inlinable @inline(__always)
  func check(_ sender: UInt16, _ id: UInt16, _ sequence: UInt64, in work: WorkPointer) -> DropReason {
    guard sender <= head.pointee.lastSender, id <= head.pointee.lastWindow else { return .unknownWindow }
    let start = head.pointee.starts[Int(id)]
    guard start >= 0 else { return .foreignWindow }
    let slot = head.pointee.slots[Int(sender)]
    guard slot != GroupWindows.none else {
      work.pointee.window = nil
      return isFull ? .tooManySenders : .none
    }
    let window = window(slot, start)
    work.pointee.window = window
    let replay = replayWindow(window)
    replay.prefetch(low: sequence)
    return replay.check(sequence)
  }

  @inlinable @inline(__always)
  func window(_ slot: UInt16, _ start: Int) -> UnsafeMutablePointer<UInt64> {
    head.pointee.first + (start &+ Int(slot) &* head.pointee.distance)
  }

  @inlinable @inline(__always)
  func replayWindow(_ window: UnsafeMutablePointer<UInt64>) -> ReplayWindow {
    ReplayWindow(
      highest: window.pointee, words: window + 1, numbers: head.pointee.numbers,
      lastWord: head.pointee.lastWord)
  }

  /// The window for an authentic packet with IDs that `check` knows: a sender that has none takes one; nil
  /// where all are taken.
  @usableFromInline @inline(never)
  func admit(_ sender: UInt16, _ id: UInt16) -> UnsafeMutablePointer<UInt64>? {
    if head.pointee.slots[Int(sender)] == GroupWindows.none {
      if isFull { return nil }
      head.pointee.slots[Int(sender)] = head.pointee.taken
      head.pointee.taken &+= 1
    }
    return window(head.pointee.slots[Int(sender)], head.pointee.starts[Int(id)])
  }

  /// Marks an authentic packet's number if it is fresh. A sender's first number starts the window as if all
  /// lower ones had been seen: packets sent before the receiver started cannot be told from replays.
  @inlinable @inline(__always)
  func checkAndMark(_ window: UnsafeMutablePointer<UInt64>, _ sequence: UInt64) -> DropReason {
    if window.pointee == 0 { return start(window, at: sequence) }
    var replay = replayWindow(window)
    let reason = replay.checkAndMark(sequence)
    window.pointee = replay.highest
    return reason
  }

  @usableFromInline @inline(never)
  func start(_ window: UnsafeMutablePointer<UInt64>, at sequence: UInt64) -> DropReason {
    if sequence == 0 { return .tooOld }
    var replay = replayWindow(window)
    replay.start(at: sequence)
    window.pointee = replay.highest
    return .none
  }
}
