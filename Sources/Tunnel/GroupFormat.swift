import Crypto
import Wire

// Multicast: many senders under one key (paper, section 4.1.2). The Sender ID in a packet, which is part of
// the nonce, distinguishes senders, so they need only have different IDs.

/// A format in which many senders may share a key; `GroupOpener` opens the packets of all.
public protocol GroupFormat: TunnelFormat {
  /// Checks lengths and SPI, and sets in `work` the number, the encrypted range, and nonce and additional
  /// data, if these do not lie in the packet. Reads nothing outside of `count` bytes.
  /// - Parameter salt: in the nonce's byte order.
  static func parseOfGroup(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPointer
  ) -> DropReason
  /// Authenticates and decrypts.
  static func decryptOfGroup(_ work: WorkPointer, _ aead: AEAD) -> Bool
  /// The inner packet in the decrypted data.
  static func innerOfGroup(_ work: WorkPointer) -> Opened
}

/// Generic work on a format for groups that is chosen at run time.
public protocol GroupVisitor {
  /// The visitor's result.
  associatedtype Result
  /// The visitor's error.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: GroupFormat>(_ format: Format.Type) throws(Failure) -> Result
}

/// The Sender IDs of a group, which must be unique: two senders with the same ID would use the same nonces,
/// and each one's packets would be refused as replays of the other's.
public enum SenderIDs {
  /// The first ID that an earlier sender has, too; nil if each has its own.
  public static func duplicate(_ ids: some Sequence<UInt16>) -> UInt16? {
    var seen: Set<UInt16> = []
    return ids.first { !seen.insert($0).inserted }
  }
}

extension VPE: GroupFormat {
  @inlinable @inline(__always)
  public static func parseOfGroup(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPointer
  ) -> DropReason {
    guard count >= VPELayout.headerBytes else { return .tooShort }
    guard outer.loadLittle(VPELayout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }
    work.pointee.number = outer.loadLittle(VPELayout.sequenceOffset)
    work.pointee.accept(outer + VPELayout.headerBytes, count &- VPELayout.headerBytes)
    return .none
  }

  @inlinable @inline(__always)
  public static func decryptOfGroup(_ work: WorkPointer, _ aead: AEAD) -> Bool {
    let inner = work.pointee.start
    let header = inner - VPELayout.headerBytes
    return aead.open(
      inner, count: work.pointee.count, nonce: header, additional: nil, additionalCount: 0,
      tag: header + VPELayout.icvOffset)
  }

  @inlinable @inline(__always)
  public static func innerOfGroup(_ work: WorkPointer) -> Opened {
    Opened.innerOrFill(work.pointee.start, count: work.pointee.count)
  }
}

extension ESPOfSenders: GroupFormat {
  /// Like the opener for one sender.
  @inlinable @inline(__always)
  public static func parseOfGroup(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPointer
  ) -> DropReason { parse(outer, count: count, spi: spi, salt: salt, in: work) }

  /// Like the opener for one sender.
  @inlinable @inline(__always)
  public static func decryptOfGroup(_ work: WorkPointer, _ aead: AEAD) -> Bool { decrypt(work, aead) }

  /// Like the opener for one sender.
  @inlinable @inline(__always)
  public static func innerOfGroup(_ work: WorkPointer) -> Opened {
    ESPTrailer.inner(work.pointee.start, count: work.pointee.count)
  }
}
