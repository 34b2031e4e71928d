import Crypto
import Wire

// One association whose packets any thread opens, while one thread marks its window, in the order in which
// they came (Linux's wireguard does it so). Where they are sealed: `CursorSealer`.

/// A look at a window that another thread marks, which is told what passes the cipher.
public struct SeenWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  @usableFromInline let told: ToldNumbers

  @usableFromInline
  init(shared: SharedReplayWindow, told: ToldNumbers) { (self.shared, self.told) = (shared, told) }

  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Tells the number. Whether it is fresh, its packet's turn will show.
  @inlinable @inline(__always)
  public mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    told.tell(sequence)
    return .none
  }
}

/// Opens packets of an association whose window another thread marks, in an order of its own: only looks at
/// it, and tells the number of each authentic packet, and which of these are kept. What is authentic and not
/// kept, a keepalive or a dummy, must not come again either.
public struct OrderedOpener<Opener: WindowOpener>: PacketOpener where Opener.Window == SeenWindow {
  @usableFromInline var opener: Opener

  /// An opener of one thread.
  /// - Parameter told: takes the numbers of a burst's packets.
  public init(_ association: Opener.Association, aead: AEAD, window: SharedReplayWindow, told: ToldNumbers) {
    opener = Opener(association, aead: aead, window: SeenWindow(shared: window, told: told))
  }

  /// So that it is asked which packets are kept.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace, in work: WorkPlace
  ) {
    opener.prepare(outer, count: count, at: place, in: work)
  }

  /// As the format's own opener, but that a packet that it returns may yet be a replay.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPlace) -> Opened { opener.open(work) }

  /// The packet that was opened last is kept.
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { opener.window.told.keepLast() }
}
