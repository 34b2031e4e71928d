import Wire

/// The state of a packet between the two steps of sealing or opening it: a cache line in the thread's own
/// memory.
///
/// The steps are separate so that a thread can take the first step of later packets before the second step of
/// this one. The cipher loads nonce, additional data and packet as whole vectors. If narrower stores to these
/// are still in the store buffer, they cannot be forwarded, and the cipher waits until they are complete.
public struct PacketWork {
  /// The nonce in the first 12 bytes, if the format composes it; otherwise it is in the header.
  public var nonce: SIMD2<UInt64>
  /// The additional data, which is only authenticated.
  public var additional: SIMD2<UInt64>
  /// The first byte of the encrypted data.
  public var start: UnsafeMutableRawPointer
  /// The sequence number of a packet that is opened.
  public var number: UInt64
  /// The window of `number`, if a thread has several.
  @usableFromInline var window: UnsafeMutablePointer<UInt64>?
  /// Bytes that are encrypted.
  @usableFromInline var bytes: UInt32
  /// The packet's security association, where there are several.
  public var saIndex: SAIndex
  /// `.none`, or why the packet goes no further; the rest then means nothing.
  public var reason: DropReason
  /// Bytes of the packet's IP header, in transport mode.
  @usableFromInline var headerBytes: UInt8

  /// Work on no packet yet.
  public init() {
    (nonce, additional) = (.zero, .zero)
    start = UnsafeMutableRawPointer(bitPattern: PacketWork.bytes).unsafelyUnwrapped
    (number, window, bytes, saIndex, reason, headerBytes) = (0, nil, 0, 0, .none, 0)
  }

  /// Bytes of a `PacketWork`: a cache line.
  public static var bytes: Int { 64 }

  /// How many packets ahead the first step is taken: stores have then left the store buffer.
  public static var lead: Int { 2 }

  /// Bytes that are encrypted.
  @inlinable @inline(__always)
  public var count: Int { Int(bytes) }

  /// Sets the encrypted range: `count` bytes at `inner`.
  @inlinable @inline(__always)
  public mutating func accept(_ inner: UnsafeMutableRawPointer, _ count: Int) {
    start = inner
    bytes = UInt32(truncatingIfNeeded: count)
    reason = .none
  }
}

/// Where the state of a packet lies.
public typealias WorkPointer = UnsafeMutablePointer<PacketWork>
