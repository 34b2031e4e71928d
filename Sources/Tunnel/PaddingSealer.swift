import Wire

/// Seals each packet with encrypted padding for traffic-flow confidentiality behind it.
public struct PaddingSealer<Sealer: PacketSealer>: WrappingSealer {
  /// The tailroom that the shortest packet needs.
  public static var tailroomBytes: Int { PaddedSizes.most + Sealer.tailroomBytes }
  @inlinable public static var prefetches: Bool { Sealer.prefetches }

  @usableFromInline var sealer: Sealer
  @usableFromInline let sizes: PaddedSizes

  /// Pads to `sizes`, and seals as `sealer` does.
  public init(_ sealer: Sealer, to sizes: PaddedSizes) { (self.sealer, self.sizes) = (sealer, sizes) }

  /// The padding and the format's tailroom.
  @inlinable @inline(__always)
  public func tailroom(behind count: Int) -> Int {
    sizes.padded(count) &- count &+ sealer.tailroom(behind: count)
  }

  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> SAIndex { sealer.find(inner) }

  @inlinable @inline(__always)
  public func prefetch(_ saIndex: SAIndex, count: Int) {
    sealer.prefetch(saIndex, count: sizes.padded(count))
  }

  @inlinable @inline(__always)
  public mutating func begin(burst count: Int) { sealer.begin(burst: count) }

  @inlinable @inline(__always)
  public mutating func skip() { sealer.skip() }

  /// Pads, and goes on as the format does.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let padded = sizes.padded(count)
    // Zeros: what the buffer held before is another packet's, and nothing that the peer should read.
    (inner + count).initializeMemory(as: UInt8.self, repeating: 0, count: padded &- count)
    sealer.prepare(inner, count: padded, sa: saIndex, in: work)
  }

  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed { sealer.seal(work) }
}
