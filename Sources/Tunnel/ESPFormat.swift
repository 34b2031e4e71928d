import Crypto
import Wire

/// ESP as a format among others.
public enum ESP: TunnelFormat {
  public static var name: StaticString { "ESP" }
  /// RFC 4303 section 2.
  public static func sealedBytes(inner: Int) -> Int { ESPLayout.sealedBytes(inner: inner) }
  /// The low half of the sequence number, which is all that is sent.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    UInt64(outer.loadBig(ESPLayout.sequenceOffset, as: UInt32.self))
  }
  /// The inner packet and the trailer.
  public static func encryptedBytes(inner: Int) -> Int { ESPLayout.encryptedBytes(inner: inner) }

  public static var hasSalt: Bool { true }
  public static var hasESN: Bool { true }
  /// SPI, salt, and which sequence numbers.
  public static func association(_ terms: TunnelTerms) -> ESPAssociation {
    ESPAssociation(spi: terms.spi, salt: terms.salt, usesESN: terms.usesESN)
  }

  /// The association has one window.
  public static func sealer(
    _ association: ESPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> ESPSealer { ESPSealer(association, aead: aead, sequence: sequence) }

  /// The association has one window.
  public static func opener(
    _ association: ESPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> ESPOpener {
    ESPOpener(association, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

extension ESPWindowOpener: WindowOpener {
  /// The SPI comes first.
  @inlinable public static var spiEnd: Int { ESPLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadBig(ESPLayout.spiOffset) }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- ESPLayout.headerBytes &- ESPLayout.icvBytes)
    window.prefetch(low: UInt64(outer.loadBig(ESPLayout.sequenceOffset, as: UInt32.self)))
  }
}
