/// Ethernet II (IEEE 802.3): destination 6, source 6, type 2; the frame check sequence follows the payload
/// and is never in memory.
public enum Ethernet {
  /// Bytes of the header.
  public static let headerBytes = 14
  /// Bytes of the frame check sequence: part of a frame's size (RFC 2544), never in memory.
  public static let frameCheckBytes = 4
  /// What a frame has around its packet.
  public static let framingBytes = headerBytes + frameCheckBytes
  /// The least and the greatest size of an untagged frame with its frame check sequence.
  public static let frameBytes = 64...1518

  /// Offset of the type field.
  public static let typeOffset = 12
  /// Ethernet types.
  public static let typeIPv4: UInt16 = 0x0800
  /// Ethernet types.
  public static let typeIPv6: UInt16 = 0x86DD

  /// Writes a header of 14 bytes at `at`.
  public static func write(
    to at: UnsafeMutableRawPointer, destination: MACAddress, source: MACAddress, type: UInt16
  ) {
    destination.write(to: at)
    source.write(to: at + 6)
    at.storeBig(type, typeOffset)
  }
}

/// A 48-bit Ethernet address.
public struct MACAddress: Equatable, Sendable, CustomStringConvertible {
  /// The address in the low 48 bits, first byte highest.
  public let bits: UInt64

  /// An address from its low 48 bits, first byte highest.
  public init(bits: UInt64) { self.bits = bits & 0xFFFF_FFFF_FFFF }

  /// The address at six readable bytes.
  public init(from: UnsafeRawPointer) {
    bits = UInt64(from.loadBig(0, as: UInt32.self)) << 16 | UInt64(from.loadBig(4, as: UInt16.self))
  }

  /// Writes six bytes.
  public func write(to at: UnsafeMutableRawPointer) {
    at.storeBig(UInt32(truncatingIfNeeded: bits >> 16), 0)
    at.storeBig(UInt16(truncatingIfNeeded: bits), 4)
  }

  /// As in `02:00:00:00:00:01`.
  public var description: String {
    stride(from: 40, through: 0, by: -8).map { shift in
      let byte = String(bits >> UInt64(shift) & 0xFF, radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }.joined(separator: ":")
  }
}
