import Crypto
import Wire

/// VPE as a format among others.
public enum VPE: TunnelFormat {
  public static var name: StaticString { "VPE" }
  /// Paper, Figure 3.
  public static func sealedBytes(inner: Int) -> Int { VPELayout.sealedBytes(inner: inner) }
  /// The whole sequence number.
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    outer.loadLittle(VPELayout.sequenceOffset)
  }

  /// SPI, Sender ID, and how many windows.
  public static func association(_ terms: TunnelTerms) -> VPEAssociation {
    VPEAssociation(spi: terms.spi, sender: terms.sender, windows: terms.windows)
  }

  /// Each window has a counter of its own.
  public static func sealer(
    _ association: VPEAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> VPESealer { VPESealer(association, window: window, aead: aead, sequence: sequence) }

  /// The bytes of the windows that the thread owns.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int { ownership.memoryBytes }

  /// Windows that the thread owns.
  public static func opener(
    _ association: VPEAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> VPEOpener {
    VPEOpener(association, aead: aead, windows: VPEWindows(ownership, top: top, in: memory))
  }

  /// The Window ID follows the Sender ID.
  @inlinable public static var windowEnd: Int { VPELayout.windowOffset + 2 }
  /// The Window ID.
  @inlinable @inline(__always)
  public static func window(_ outer: UnsafeRawPointer) -> UInt16 { outer.loadLittle(VPELayout.windowOffset) }
  /// The Sender ID comes first.
  @inlinable public static var senderEnd: Int { VPELayout.senderOffset + 2 }
  /// The Sender ID.
  @inlinable @inline(__always)
  public static func sender(_ outer: UnsafeRawPointer) -> UInt16 { outer.loadLittle(VPELayout.senderOffset) }
}

extension VPEOpener: AssociationOpener {
  /// The SPI follows the nonce.
  @inlinable public static var spiEnd: Int { VPELayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadLittle(VPELayout.spiOffset) }

  /// Fetches the key, and top and word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- VPELayout.headerBytes)
    windows.prefetch(
      outer.loadLittle(VPELayout.windowOffset), outer.loadLittle(VPELayout.sequenceOffset))
  }
}
