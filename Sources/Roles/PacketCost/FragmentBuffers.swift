import Cases
import Dataplane
import Tunnel
import Wire

/// The working set of packet costs over packets that are cut: for each a buffer of 9 KiB, and small ones for
/// the pieces that arrive.
final class FragmentBuffers: CostWorkingSet {
  /// Bytes of the large buffers, with headroom and what is put before and behind a packet.
  private static let wholeBytes = 9216 + 512
  /// Small buffers of a burst: for each piece at most one before it, its own, and one behind it.
  private static let takenMax = Burst.capacity * Fragmentation.most * 3

  let count: Int
  /// The large buffers.
  let wholes: UnsafeMutablePointer<Packet>
  /// For pieces that arrive: `Fragmentation.most` for each packet.
  let arriving: PacketPool
  /// Where sealing takes further buffers from.
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
    // Only now, for what is refused has no deinit.
    (self.large, self.wholes) = (large, wholes)
  }

  deinit {
    for index in 0..<count { wholes[index].free() }
    wholes.deallocate()
  }
}

/// What the packets of a burst have been cut into, and what cutting needs. Plain memory without an owner:
/// call `deallocate()` once.
struct CutPieces {
  private let source: PacketSource
  /// Buffers of the packet that is cut.
  let taken = Burst()
  let works = PacketWorks()
  private let lists: UnsafeMutablePointer<Segments>
  private let pieces: UnsafeMutablePointer<Packet>
  private let used: UnsafeMutablePointer<Int>
  /// Copies of what was sent at once, one behind the other, if they are kept.
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
  /// - Returns: whether they are there.
  @inline(__always)
  func take(_ count: Int) -> Bool { source.allocate(taken, count: count) }

  /// Adds a piece that is ready to be sent.
  @inline(__always)
  func append(_ piece: Packet) {
    (pieces + used[0]).initialize(to: piece)
    used[0] &+= 1
  }

  /// A piece is sent at once, from the buffer that it lies in.
  @inline(__always)
  func send(_ start: UnsafeRawPointer, count: Int) {
    guard let copies else { return }
    (copies + used[1] &* CutPieces.copyBytes).copyMemory(from: start, byteCount: count)
    lengths[used[1]] = count
    used[1] &+= 1
  }

  /// Gives back the buffers of all pieces.
  func clear() {
    for index in 0..<used[0] { pieces[index].free() }
    used[0] = 0
    used[1] = 0
  }

  /// All pieces, byte for byte.
  var contents: [[UInt8]] {
    let sent = (0..<used[1]).map { index in
      let start = copies.unsafelyUnwrapped + index * CutPieces.copyBytes
      return Array(UnsafeRawBufferPointer(start: start, count: lengths[index]))
    }
    return sent + (0..<used[0]).map { pieces[$0].contents }
  }
}
