/// What a path takes, and how a packet is cut that is longer (RFC 791 section 2.3; RFC 8200 section 4.5).
public enum Fragmentation {
  /// Bytes of the longest outer IP packet that the path takes: Ethernet's.
  public static let pathBytes = 1500
  /// The data of all pieces but the last are a multiple of so many bytes, in which offsets count.
  public static let unitBytes = 8
  /// The most pieces that a packet is cut into.
  public static let most = 8
  /// Bytes of IPv6's fragment header.
  public static let headerBytes = 8
}

extension IPv4 {
  /// In the field of the fragment offset: the packet must not be cut.
  public static let dontFragment: UInt16 = 0x4000
  /// In the same: other pieces follow.
  public static let moreFragments: UInt16 = 0x2000
  /// The offset itself, in units of eight bytes.
  public static let offsetMask: UInt16 = 0x1FFF
}

extension IPv6 {
  /// From a packet's start on to the field of the offset, where its fragment header comes first.
  public static let fragmentOffset = headerBytes + 2
  /// In that field: other pieces follow.
  public static let moreFragments: UInt16 = 1
  /// The offset itself, in bytes.
  public static let offsetMask: UInt16 = 0xFFF8
}

/// A packet that is cut into pieces, each an IP packet of its own with the packet's header before its part of
/// the data. What it knows of the packet it has in registers: the packet's own header may be overwritten.
///
/// IPv4 is cut as any router may (RFC 791). IPv6 is cut by a packet's source alone (RFC 8200 section 5): by a
/// host that seals its own packets, not by a gateway that seals others'.
///
/// Not here: options and extension headers before the data, some of which each piece must repeat; what has
/// any is refused.
public struct CutPacket {
  /// `.none`, or why the packet is not cut; the rest then means nothing.
  public let reason: DropReason
  /// How many pieces there are.
  public let pieces: Int
  /// Bytes of the header of each piece.
  public let headerBytes: Int
  /// Where the data begins in the packet.
  private let start: Int
  /// Its bytes.
  private let bytes: Int
  /// Those of each piece but the last.
  private let step: Int
  private let isIPv6: Bool
  /// Of IPv4, what the packet's own field says where it is a piece itself: offset, and whether others follow.
  private let field: UInt16
  // The header as it lies, with nothing in what differs from piece to piece.
  private let first: UInt64
  private let second: UInt64
  private let rest: (UInt64, UInt64, UInt64)
  /// IPv6's fragment header, likewise.
  private let fragment: UInt64

  /// Cuts the packet of `count` bytes at `packet`, of which 40 can be read.
  /// - Parameters:
  ///   - room: bytes of the longest piece, at least 68 for IPv4 (RFC 791) and 1280 for IPv6.
  ///   - identification: of IPv6, tells its pieces from others'; IPv4's packet has one.
  public init(_ packet: UnsafeRawPointer, count: Int, room: Int, identification: UInt32) {
    let first: UInt64 = packet.loadLittle(0)
    let second: UInt64 = packet.loadLittle(8)
    isIPv6 = packet.load(as: UInt8.self) >> 4 == 6
    if isIPv6 {
      (start, headerBytes) = (IPv6.headerBytes, IPv6.headerBytes + Fragmentation.headerBytes)
      field = 0
      self.first = first & 0xFF00_0000_FFFF_FFFF | UInt64(IPv6.protocolFragment) << 48
      self.second = second
      rest = (packet.loadLittle(16), packet.loadLittle(24), packet.loadLittle(32))
      fragment = first >> 48 & 0xFF | UInt64(identification.byteSwapped) << 32
    } else {
      (start, headerBytes) = (IPv4.headerBytes, IPv4.headerBytes)
      field = UInt16(truncatingIfNeeded: first >> 48).byteSwapped
      self.first = first & 0x0000_FFFF_0000_FFFF
      self.second = second & 0xFFFF_FFFF_0000_FFFF
      rest = (UInt64(packet.loadLittle(16, as: UInt32.self)), 0, 0)
      fragment = 0
    }
    let longest = room &- headerBytes
    step = longest & ~(Fragmentation.unitBytes &- 1)
    bytes = count &- start
    // The last piece's data may have any length.
    pieces = (max(0, bytes &- longest) &+ step &- 1) / step &+ 1
    reason = Self.check(packet, count: count, pieces: pieces)
  }

  private static func check(_ packet: UnsafeRawPointer, count: Int, pieces: Int) -> DropReason {
    let first = packet.load(as: UInt8.self)
    if first >> 4 == 6 {
      guard IPv6.packetLength(packet, count: count) == count else { return .innerLength }
      let next = packet.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
      guard !IPv6.isExtension(next) else { return .headerOptions }
    } else {
      guard first >> 4 == 4 else { return .innerVersion }
      guard IPv4.packetLength(packet, count: count) == count else { return .innerLength }
      guard first == 0x45 else { return .headerOptions }
      let field = packet.loadBig(IPv4.fragmentOffset, as: UInt16.self)
      guard field & IPv4.dontFragment == 0 else { return .dontFragment }
      // Beyond the longest packet there is no offset.
      let end = Int(field & IPv4.offsetMask) &* Fragmentation.unitBytes &+ count
      guard end <= Int(UInt16.max) else { return .innerLength }
    }
    return pieces <= Fragmentation.most ? .none : .tooManyPieces
  }

  /// Bytes from the packet's start on to the data of piece `index`.
  public func offset(_ index: Int) -> Int { start &+ index &* step }

  /// Bytes of the data of piece `index`.
  public func count(_ index: Int) -> Int { index &+ 1 < pieces ? step : bytes &- index &* step }

  /// Writes the header of piece `index`, `headerBytes` bytes.
  public func writeHeader(of index: Int, to at: UnsafeMutableRawPointer) {
    let length = UInt16(truncatingIfNeeded: count(index))
    let offset = index &* step
    let isLast = index &+ 1 == pieces
    if isIPv6 {
      let payload = length &+ UInt16(Fragmentation.headerBytes)
      let offsetField = UInt16(truncatingIfNeeded: offset) | (isLast ? 0 : 1)
      at.storeVector(first | UInt64(payload.byteSwapped) << 32, second)
      at.storeVector(rest.0, rest.1, 16)
      at.storeVector(rest.2, fragment | UInt64(offsetField.byteSwapped) << 16, 32)
      return
    }
    let total = length &+ UInt16(IPv4.headerBytes)
    let units = UInt16(truncatingIfNeeded: offset / Fragmentation.unitBytes)
    // A fragment may be cut again: offsets then add up, and its More Fragments bit stays on the last piece.
    let offsetField = (field &+ units) | (isLast ? 0 : IPv4.moreFragments)
    let low = first | UInt64(total.byteSwapped) << 16 | UInt64(offsetField.byteSwapped) << 48
    let sum = (low & 0xFFFF_FFFF) &+ (low >> 32) &+ (second & 0xFFFF_FFFF) &+ (second >> 32) &+ rest.0
    at.storeVector(low, second | UInt64(~Checksum.folded(sum)) << 16)
    at.storeLittle(UInt32(truncatingIfNeeded: rest.0), 16)
  }
}

extension IPv6 {
  /// Whether a protocol number is that of an extension header that may stand before the data (RFC 8200
  /// section 4.1), a fragment's among them.
  @inlinable @inline(__always)
  public static func isExtension(_ number: UInt8) -> Bool {
    number == 0 || number == 43 || number == protocolFragment || number == 60
  }
}
