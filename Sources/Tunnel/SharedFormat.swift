import Crypto
import Wire

/// A format in which many threads may share an association: its sealers take numbers that are given to them,
/// and its openers work with windows that several threads, or another thread, mark.
public protocol SharedFormat: TunnelFormat
where Sealer: NumberedSealer & NumberingSealer, Sealer.Association == Association {
  /// Opens packets on threads that share a window.
  associatedtype BurstOpener: WindowOpener
  where BurstOpener.Window == BurstWindow, BurstOpener.Association == Association
  /// Opens packets on threads whose window another thread marks.
  associatedtype SeenOpener: WindowOpener
  where SeenOpener.Window == SeenWindow, SeenOpener.Association == Association

  /// The last number that an association may use.
  static func lastNumber(_ association: Association) -> UInt64
  /// Bytes from the start of a sealed packet to the end of its number.
  static var numberEnd: Int { get }
}

/// Generic work on a format with shared associations that is chosen at run time.
public protocol SharedVisitor {
  /// The visitor's result.
  associatedtype Result
  /// The visitor's error.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: SharedFormat>(_ format: Format.Type) throws(Failure) -> Result
}

extension ESPSealer: NumberedSealer {}

extension ESP: SharedFormat {
  /// Marks the numbers of a burst together.
  public typealias BurstOpener = ESPWindowOpener<BurstWindow>
  /// Reports the numbers to the thread that marks them.
  public typealias SeenOpener = ESPWindowOpener<SeenWindow>
  /// RFC 4303 section 3.3.3.
  public static func lastNumber(_ association: ESPAssociation) -> UInt64 {
    ESPSealer.lastNumber(usesESN: association.usesESN)
  }
  @inlinable public static var numberEnd: Int { ESPLayout.sequenceOffset &+ 4 }
}

extension WireGuardSealer: NumberedSealer {}

extension WireGuard: SharedFormat {
  /// Marks the numbers of a burst together.
  public typealias BurstOpener = WireGuardWindowOpener<BurstWindow>
  /// Reports the numbers to the thread that marks them.
  public typealias SeenOpener = WireGuardWindowOpener<SeenWindow>
  /// Counters from 0 on, below the one that receivers reject.
  public static func lastNumber(_ association: UInt32) -> UInt64 { WireGuardLayout.rejectAfter }
  @inlinable public static var numberEnd: Int { WireGuardLayout.counterOffset &+ 8 }
}
