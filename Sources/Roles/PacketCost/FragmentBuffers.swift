import Cases
import Dataplane
import Tunnel
import Wire

/// The working set of packet costs for packets that are cut: a buffer of 9 KiB for each packet, and small
/// buffers for arriving fragments.
final class FragmentBuffers: CostWorkingSet {
  /// Bytes of the large buffers, with headroom and room for headers and trailers.
  private static let wholeBytes = 9216 + 512
  /// Small buffers for a burst: for each fragment its own, at most one before it, and one behind it.
  private static let takenMax = Burst.capacity * Fragmentation.most * 3

  let count: Int
  /// The large buffers.
  let wholes: UnsafeMutablePointer<Packet>
  /// Buffers for arriving fragments: `Fragmentation.most` for each packet.
  let arriving: PacketPool
  /// The pool from which sealing takes its buffers.
  let fresh: PacketPool
  private let large: PacketPool

  init(packets: Int) throws {
    count = Self.wholeBursts(packets)
    let spare = PacketPool.cachedOfCore
    let large = try PacketPool(name: "uncut", count: count + spare, bytes: FragmentBuffers.wholeBytes)
    arriving = try PacketPool(name: "arriving", count: count * Fragmentation.most + spare)
    fresh = try PacketPool(name: "pieces", count: FragmentBuffers.takenMax + spare)
    let wholes = UnsafeMutablePointer<Packet>.allocateLines(count)
    try large.source.allocate(count, into: wholes)
    // Only now, for an initializer that throws runs no deinit.
    (self.large, self.wholes) = (large, wholes)
  }

  deinit {
    for index in 0..<count { wholes[index].free() }
    wholes.deallocate()
  }
}

/// The fragments of a burst of packets, and memory for cutting. Plain memory without an owner: call
/// `deallocate()` once.
struct CutPieces {
  private let source: PacketSource
  /// Fresh buffers for the fragments of the current packet.
  let taken = Burst()
  let works = PacketWorks()
  private let lists: UnsafeMutablePointer<Segments>
  private let pieces: UnsafeMutablePointer<Packet>
  private let used: UnsafeMutablePointer<Int>
  /// Copies of the fragments that were sent at once, one behind the other; nil if they are not kept.
  private let copies: UnsafeMutableRawPointer?
  private let lengths: UnsafeMutablePointer<Int>

  private static var most: Int { Burst.capacity * Fragmentation.most }
  private static var copyBytes: Int { 2048 }

  init(_ source: PacketSource, keeps: Bool) {
    self.source = source
    lists = .allocateLines(Fragmentation.most)
    for index in 0..<Fragmentation.most { (lists + index).initialize(to: Segments()) }
    pieces = .allocateLines(CutPieces.most)
    used = .allocateLines(2)
    used.initialize(repeating: 0, count: 2)
    copies = keeps ? .allocateLines(CutPieces.most * CutPieces.copyBytes) : nil
    lengths = .allocateLines(CutPieces.most)
    lengths.initialize(repeating: 0, count: CutPieces.most)
  }

  func deallocate() {
    for index in 0..<Fragmentation.most { lists[index].deallocate() }
    lists.deallocate()
    pieces.deallocate()
    used.deallocate()
    copies?.deallocate()
    lengths.deallocate()
    taken.deallocate()
    works.deallocate()
  }

  /// The list of piece `index` of a packet.
  @inline(__always)
  func list(_ index: Int) -> Segments { lists[index] }

  /// Takes `count` fresh buffers into `taken`.
  /// - Returns: whether the pool had enough.
  @inline(__always)
  func take(_ count: Int) -> Bool { source.allocate(taken, count: count) }

  /// Adds a piece that is ready to be sent.
  @inline(__always)
  func append(_ piece: Packet) {
    (pieces + used[0]).initialize(to: piece)
    used[0] &+= 1
  }

  /// Sends a fragment at once from the buffer in which it lies; only its copy remains.
  @inline(__always)
  func send(_ start: UnsafeRawPointer, count: Int) {
    guard let copies else { return }
    (copies + used[1] &* CutPieces.copyBytes).copyMemory(from: start, byteCount: count)
    lengths[used[1]] = count
    used[1] &+= 1
  }

  /// Frees the buffers of all fragments.
  func clear() {
    for index in 0..<used[0] { pieces[index].free() }
    used[0] = 0
    used[1] = 0
  }

  /// The contents of all fragments.
  var contents: [[UInt8]] {
    let sent = (0..<used[1]).map { index in
      let start = copies.unsafelyUnwrapped + index * CutPieces.copyBytes
      return Array(UnsafeRawBufferPointer(start: start, count: lengths[index]))
    }
    return sent + (0..<used[0]).map { pieces[$0].contents }
  }
}
