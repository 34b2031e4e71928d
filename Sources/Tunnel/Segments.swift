import Crypto
import Wire

/// A piece of a packet that lies in several buffers.
public struct Segment {
  /// The segment's first byte.
  public var start: UnsafeMutableRawPointer
  /// The segment's length in bytes.
  public var count: Int
  /// Bytes free behind the segment in its buffer.
  public var room: Int

  /// A piece of `count` bytes with `room` behind them.
  @inlinable @inline(__always)
  public init(start: UnsafeMutableRawPointer, count: Int, room: Int) {
    (self.start, self.count, self.room) = (start, count, room)
  }
}

/// A packet as a list of its pieces, in the order of its bytes; offsets count from its first byte on. Plain
/// memory without an owner: call `deallocate()` once.
///
/// A field may begin in one piece and end in the next. One that lies whole in a piece is read and written
/// there by one load or store; only one that does not is gathered byte by byte.
public struct Segments {
  /// The most pieces of a packet.
  @inlinable public static var most: Int { 8 }

  @usableFromInline let segments: UnsafeMutablePointer<Segment>
  @usableFromInline let used: UnsafeMutablePointer<Int>

  /// An empty list.
  public init() {
    segments = .allocateLines(Segments.most)
    used = .allocateLines(1)
    used.initialize(to: 0)
  }

  /// Gives the memory back.
  public func deallocate() {
    segments.deallocate()
    used.deallocate()
  }

  /// How many pieces there are.
  @inlinable @inline(__always)
  public var count: Int { used.pointee }

  /// The piece at `index`, which is below `count`.
  @inlinable @inline(__always)
  public subscript(index: Int) -> Segment {
    get { segments[index] }
    nonmutating set { segments[index] = newValue }
  }

  /// Begins anew with the packet's first piece.
  @inlinable @inline(__always)
  public func begin(_ first: Segment) {
    segments[0] = first
    used.pointee = 1
  }

  /// Adds a piece, empty or not. One too many is left out, and the packet then ends before it.
  @inlinable @inline(__always)
  public func append(_ segment: Segment) {
    let count = used.pointee
    guard count < Segments.most else { return }
    segments[count] = segment
    used.pointee = count &+ 1
  }

  /// Bytes of the packet.
  @inlinable @inline(__always)
  public var bytes: Int {
    var (sum, index) = (0, 0)
    while index < used.pointee {
      sum &+= segments[index].count
      index &+= 1
    }
    return sum
  }

  /// Bytes free behind the packet: behind its last piece that is not empty, and in the empty ones after it.
  @inlinable @inline(__always)
  public var room: Int {
    var (sum, index) = (0, used.pointee &- 1)
    while index >= 0 {
      sum &+= segments[index].room
      if segments[index].count > 0 { break }
      index &-= 1
    }
    return sum
  }

  /// Moves the packet's start by `count` bytes to the front, within the first piece's buffer; to the back if
  /// negative.
  @inlinable @inline(__always)
  public func moveStart(by count: Int) {
    segments[0].start -= count
    segments[0].count &+= count
  }

  /// Makes the packet longer by `count` bytes, at most `room`.
  @inlinable @inline(__always)
  public func extend(by count: Int) {
    // The last piece that is not empty; those behind it are spare.
    var index = used.pointee &- 1
    while index > 0, segments[index].count == 0 { index &-= 1 }
    var left = count
    while left > 0, index < used.pointee {
      let part = min(left, segments[index].room)
      segments[index].count &+= part
      segments[index].room &-= part
      left &-= part
      index &+= 1
    }
  }

  /// Cuts the packet to its first `count` bytes; segments behind them remain, empty.
  @inlinable @inline(__always)
  public func cut(to count: Int) {
    var (left, index) = (count, 0)
    while index < used.pointee {
      let part = min(left, segments[index].count)
      segments[index].room &+= segments[index].count &- part
      segments[index].count = part
      left &-= part
      index &+= 1
    }
  }

  /// The piece that byte `offset` of the packet lies in, and where in it.
  @inlinable @inline(__always)
  func locate(_ offset: Int) -> (index: Int, offset: Int) {
    var (left, index) = (offset, 0)
    while index < used.pointee &- 1, left >= segments[index].count {
      left &-= segments[index].count
      index &+= 1
    }
    return (index, left)
  }

  /// The address of `count` bytes from `offset` on, if they are in one segment.
  @inlinable @inline(__always)
  func whole(_ offset: Int, _ count: Int) -> UnsafeMutableRawPointer? {
    let position = locate(offset)
    return position.offset &+ count <= segments[position.index].count
      ? segments[position.index].start + position.offset : nil
  }

  /// The bytes from `offset` on, as many as `value` has, which are within the packet.
  @inlinable @inline(__always)
  func load<Value: BitwiseCopyable>(_ offset: Int, as value: Value) -> Value {
    let count = MemoryLayout<Value>.size
    if let start = whole(offset, count) { return start.loadUnaligned(as: Value.self) }
    var value = value
    withUnsafeMutableBytes(of: &value) { copy(offset, count, $0.baseAddress.unsafelyUnwrapped, isLoad: true) }
    return value
  }

  /// Writes the first `count` bytes of `value` from `offset` on, within the packet.
  @inlinable @inline(__always)
  func store<Value: BitwiseCopyable>(_ value: Value, count: Int, _ offset: Int) {
    var value = value
    withUnsafeMutableBytes(of: &value) {
      copy(offset, count, $0.baseAddress.unsafelyUnwrapped, isLoad: false)
    }
  }

  /// Copies byte by byte between the packet and `memory`: a few bytes at a border.
  @usableFromInline
  func copy(_ offset: Int, _ count: Int, _ memory: UnsafeMutableRawPointer, isLoad: Bool) {
    var position = locate(offset)
    for index in 0..<count {
      while position.offset == segments[position.index].count { position = (position.index &+ 1, 0) }
      let byte = segments[position.index].start + position.offset
      if isLoad {
        memory.storeBytes(of: byte.load(as: UInt8.self), toByteOffset: index, as: UInt8.self)
      } else {
        byte.storeBytes(of: memory.load(fromByteOffset: index, as: UInt8.self), as: UInt8.self)
      }
      position.offset &+= 1
    }
  }

  /// Encrypts the first `count` bytes, piece by piece.
  @inlinable @inline(__always)
  public func seal(_ aead: SegmentedAEAD, count: Int) {
    eachPiece(of: count) { aead.seal($0, count: $1) }
  }

  /// Decrypts the first `count` bytes, piece by piece.
  @inlinable @inline(__always)
  public func open(_ aead: SegmentedAEAD, count: Int) {
    eachPiece(of: count) { aead.open($0, count: $1) }
  }

  /// Calls `body` for each segment's part of the first `count` bytes.
  @inlinable @inline(__always)
  func eachPiece(of count: Int, _ body: (_ start: UnsafeMutableRawPointer, _ bytes: Int) -> Void) {
    var (left, index) = (count, 0)
    while left > 0, index < used.pointee {
      let part = min(left, segments[index].count)
      if part > 0 { body(segments[index].start, part) }
      left &-= part
      index &+= 1
    }
  }

  /// Writes the tag of the sealed data at `offset`, within the packet.
  @inlinable @inline(__always)
  public func endSealing(_ aead: SegmentedAEAD, tag offset: Int) {
    if let start = whole(offset, 16) { return aead.endSealing(tag: start) }
    var tag = SIMD2<UInt64>.zero
    withUnsafeMutableBytes(of: &tag) { aead.endSealing(tag: $0.baseAddress.unsafelyUnwrapped) }
    store(tag, count: 16, offset)
  }

  /// Compares the tag of the opened data with the tag at `offset`.
  @inlinable @inline(__always)
  public func endOpening(_ aead: SegmentedAEAD, tag offset: Int) -> Bool {
    aead.endOpening(tag: load(offset, as: SIMD2<UInt64>.zero))
  }
}
