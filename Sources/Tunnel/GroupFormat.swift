import Crypto
import Wire

// Multicast: many senders under one key (paper, section 4.1.2). A packet's Sender ID tells senders apart, and
// is in the nonce, so that they need not agree on anything but to have different ones.

/// A format in which many may send under one key, so that `GroupOpener` opens what all of them send.
public protocol GroupFormat: TunnelFormat {
  /// Lengths and SPI; then in `work` the number, what is encrypted, and nonce and additional data, where
  /// these do not lie in the packet. Reads nothing outside of `count` bytes.
  /// - Parameter salt: as it lies in the nonce.
  static func parseOfGroup(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPlace
  ) -> DropReason
  /// Authenticates and decrypts.
  static func decryptOfGroup(_ work: WorkPlace, _ aead: AEAD) -> Bool
  /// The inner packet in what was decrypted.
  static func innerOfGroup(_ work: WorkPlace) -> Opened
}

/// Work for a format of groups that is known by name only.
public protocol GroupVisitor {
  /// What comes of it.
  associatedtype Result
  /// What it may throw.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: GroupFormat>(_ format: Format.Type) throws(Failure) -> Result
}

/// The Sender IDs of a group, which must be unique: of two senders with one ID, both would use the same
/// nonces, and each would have its packets refused as the other's replays.
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
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPlace
  ) -> DropReason {
    guard count >= VPELayout.headerBytes else { return .tooShort }
    guard outer.loadLittle(VPELayout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }
    work.pointee.number = outer.loadLittle(VPELayout.sequenceOffset)
    work.pointee.accept(outer + VPELayout.headerBytes, count &- VPELayout.headerBytes)
    return .none
  }

  @inlinable @inline(__always)
  public static func decryptOfGroup(_ work: WorkPlace, _ aead: AEAD) -> Bool {
    let inner = work.pointee.start
    let header = inner - VPELayout.headerBytes
    return aead.open(
      inner, count: work.pointee.count, nonce: header, additional: nil, additionalCount: 0,
      tag: header + VPELayout.icvOffset)
  }

  @inlinable @inline(__always)
  public static func innerOfGroup(_ work: WorkPlace) -> Opened {
    Opened.innerOrFill(work.pointee.start, count: work.pointee.count)
  }
}

extension ESPOfSenders: GroupFormat {
  /// As the opener of one sender does.
  @inlinable @inline(__always)
  public static func parseOfGroup(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPlace
  ) -> DropReason { parse(outer, count: count, spi: spi, salt: salt, in: work) }

  /// As the opener of one sender does.
  @inlinable @inline(__always)
  public static func decryptOfGroup(_ work: WorkPlace, _ aead: AEAD) -> Bool { decrypt(work, aead) }

  /// As the opener of one sender does.
  @inlinable @inline(__always)
  public static func innerOfGroup(_ work: WorkPlace) -> Opened {
    ESPTrailer.inner(work.pointee.start, count: work.pointee.count)
  }
}
