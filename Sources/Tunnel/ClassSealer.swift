import Wire

/// Seals each packet under the window, or the association, of its traffic class: a VPE Window ID for each
/// class (paper, section 4.1.1), or an ESP security association for each (RFC 4301 section 4.1).
///
/// For one thread, over sealers that give numbers themselves. Plain memory without an owner: call
/// `deallocate()` once.
public struct ClassSealer<Sealer: PacketSealer>: WrappingSealer {
  @usableFromInline let sealers: UnsafeMutablePointer<Sealer>
  @usableFromInline let count: Int

  /// - Parameter sealers: of each class, the lowest first; at least one.
  public init(_ sealers: [Sealer]) {
    precondition(
      (1...TrafficClass.most).contains(sealers.count), "there are 1 to \(TrafficClass.most) classes")
    count = sealers.count
    self.sealers = .allocateLines(sealers.count)
    self.sealers.initialize(from: sealers, count: sealers.count)
  }

  /// Gives the memory back; the sealer must not be used again.
  public func deallocate() { sealers.deallocate() }

  /// The packet's class. It is arbitrary for a frame without a packet, which the stage refuses.
  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> SAIndex {
    SAIndex(truncatingIfNeeded: TrafficClass.index(ofPacket: inner, of: count))
  }

  /// Forwards to the class's sealer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count bytes: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    work.pointee.saIndex = saIndex
    sealers[Int(saIndex)].prepare(inner, count: bytes, sa: 0, in: work)
  }

  /// Forwards to the class's sealer.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    // A packet that was refused before it came here has no class, and needs none.
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: work.pointee.start) }
    return sealers[Int(work.pointee.saIndex)].seal(work)
  }
}
