import Crypto
import Wire

/// Seals with ESP under numbers that another thread has given to the packets (paper, Fig. 4: encryption
/// threads behind one thread that numbers).
public struct ESPNumberedSealer: PacketSealer {
  public static var headerBytes: Int { ESPSealer.headerBytes }
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }
  public static var tailBytesMin: Int { ESPSealer.tailBytesMin }

  @usableFromInline var sealer: ESPSealer
  @usableFromInline let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>

  /// - Parameter cursor: points to the next packet's number, and is moved on by each packet.
  public init(_ association: ESPAssociation, aead: AEAD, cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>)
  {
    sealer = ESPSealer(association, aead: aead)
    self.cursor = cursor
  }

  /// Moves the cursor on: the number of a packet that is not sealed is no other packet's.
  @inlinable @inline(__always)
  public mutating func skip() { cursor.pointee += 1 }

  /// Takes the packet's number, then as `ESPSealer`.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace, in work: WorkPlace
  ) {
    let number = cursor.pointee.pointee
    cursor.pointee += 1
    sealer.prepare(inner, count: count, number: number, in: work)
  }

  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPlace) -> Sealed { sealer.seal(work) }
}
