import Crypto
import Wire

/// Opens what all senders of a group send under one key, in the windows that its thread owns.
///
/// The window of a Sender ID and Window ID is made with the first authentic packet of that pair, so that a
/// receiver may start late and need not know the members.
public struct GroupOpener<Format: GroupFormat>: CheckingOpener {
  @usableFromInline let allWindows: GroupWindows?
  @usableFromInline let aead: AEAD
  @usableFromInline let spi: UInt32
  /// In the nonce's byte order.
  @usableFromInline let salt: UInt32

  /// An opener over windows that no other thread uses.
  /// - Parameters:
  ///   - terms: of any member; its Sender ID does not count.
  ///   - windows: nil for a format that refuses no replays.
  public init(_ terms: TunnelTerms, aead: AEAD, windows: GroupWindows?) {
    precondition(windows != nil || !Format.refusesReplays, "a format that refuses replays has windows")
    allWindows = windows
    self.aead = aead
    spi = terms.spi
    salt = terms.salt.bigEndian
  }

  /// The windows; only for a format that refuses replays.
  @inlinable var windows: GroupWindows { allWindows.unsafelyUnwrapped }

  /// 1. lengths and SPI, nonce and additional data, 2. window, number, and whether it may be fresh.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    let reason = Format.parseOfGroup(outer, count: count, spi: spi, salt: salt, in: work)
    guard reason == .none else { return reason }
    guard Format.refusesReplays else { return .none }

    return windows.check(
      Format.sender(outer), Format.window(outer), work.pointee.number, in: work)
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    guard Format.decryptOfGroup(work, aead) else { return Opened(.authentication, at: inner) }

    if Format.refusesReplays {
      let freshness = mark(work)
      guard freshness == .none else { return Opened(freshness, at: inner) }
    }
    return Format.innerOfGroup(work)
  }

  @inlinable @inline(__always)
  func mark(_ work: WorkPointer) -> DropReason {
    guard let window = work.pointee.window ?? admit(work) else { return .tooManySenders }
    return windows.checkAndMark(window, work.pointee.number)
  }

  /// Reads the IDs after decryption from the header, which lies before the decrypted data and is unchanged.
  @inlinable @inline(__always)
  func admit(_ work: WorkPointer) -> UnsafeMutablePointer<UInt64>? {
    let outer = work.pointee.start - Format.Sealer.headerBytes
    return windows.admit(Format.sender(outer), Format.window(outer))
  }
}
