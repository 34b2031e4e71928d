import Crypto
import Wire

/// A sealer that can also seal under numbers that it is given, so that threads can share an association.
public protocol NumberedSealer: KeyedSealer {
  /// The parameters that both ends share beside the key.
  associatedtype Association
  /// A sealer whose own numbers go on after `sequence`.
  init(_ association: Association, aead: AEAD, sequence: UInt64)
  /// The first step, under a number that nobody else uses with this key. The number must be from 1 to the
  /// association's last one, which the thread that assigns numbers ensures.
  func prepare(_ inner: UnsafeMutableRawPointer, count: Int, number: UInt64, in work: WorkPointer)
}

/// Seals under numbers that another thread has given to the packets (paper, Fig. 4: encryption threads behind
/// one thread that numbers).
public struct CursorSealer<Sealer: NumberedSealer>: WrappingSealer {
  @usableFromInline var sealer: Sealer
  @usableFromInline let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>

  /// - Parameter cursor: points to the next packet's number, and is moved on by each packet.
  public init(
    _ association: Sealer.Association, aead: AEAD, cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  ) {
    sealer = Sealer(association, aead: aead, sequence: 0)
    self.cursor = cursor
  }

  /// Skips the number of a packet that is not sealed: no other packet may use it.
  @inlinable @inline(__always)
  public mutating func skip() { cursor.pointee += 1 }

  /// Takes the packet's number, then as the format's own sealer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let number = cursor.pointee.pointee
    cursor.pointee += 1
    sealer.prepare(inner, count: count, number: number, in: work)
  }

  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed { sealer.seal(work) }
}

extension CursorSealer: AssociationSealer {
  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) { sealer.prefetchState(count: count, key: key) }
}

/// ESP's sealer under given numbers.
public typealias ESPNumberedSealer = CursorSealer<ESPSealer>
