/// The format of libpcap: a header, then frames, each with one of its own. Either byte order, times in micro-
/// or nanoseconds.
struct PCAPFile {
  private let order: ByteOrder
  private let nanosecondsPerTick: Int64
  private let linkType: LinkType
  /// Bytes before a frame.
  private var headerBytes = 16
  /// Whether the two lengths of a frame stand in the other order: always, or where they must.
  private let isExchanged: Bool
  private let mayBeExchanged: Bool

  /// Reads the header; nil where the file is no such one, and then nothing has been read.
  /// - Throws: `ByteStream.Failure`.
  init?(_ stream: ByteStream) throws {
    guard let magic = try stream.peek(4)?.loadUnaligned(as: UInt32.self) else { return nil }
    guard let kind = Self.kinds.first(where: { [magic, magic.byteSwapped].contains($0.magic) }) else {
      return nil
    }
    order = ByteOrder(isSwapped: magic != kind.magic)
    nanosecondsPerTick = kind.nanosecondsPerTick
    guard let start = try stream.take(24) else {
      throw ByteStream.Failure(reason: "it ends within its header")
    }
    let version: (UInt16, UInt16) = (order.load(start, 4), order.load(start, 6))
    guard version.0 == 2 || version.0 == 543 else {
      throw ByteStream.Failure(reason: "it has version \(version.0).\(version.1) of pcap, not 2.4")
    }
    isExchanged = version.0 == 543 || version.1 < 3
    mayBeExchanged = version.1 == 3
    // The upper half tells of a frame check sequence, which IP's own length keeps apart.
    linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: order.load(start, 20, as: UInt32.self)))
    headerBytes = kind.headerBytes[0]
    if kind.headerBytes.count > 1 {
      var best = Fit.damaged
      for count in kind.headerBytes {
        let fit = try fit(count, stream)
        if fit > best { (best, headerBytes) = (fit, count) }
      }
    }
  }

  /// What a file begins with, and the bytes before each of its frames: 16, and more, under the same magic
  /// number, with those patches of Kuznetzov's and of Nokia's that Wireshark tells apart.
  private static let kinds: [(magic: UInt32, nanosecondsPerTick: Int64, headerBytes: [Int])] = [
    (0xA1B2_C3D4, 1000, [16, 24, 20]), (0xA1B2_3C4D, 1, [16]), (0xA1B2_CD34, 1000, [24, 28]),
  ]

  /// How well frames fit a length of their headers.
  private enum Fit: Int, Comparable {
    case damaged, cutOff, whole

    static func < (a: Fit, b: Fit) -> Bool { a.rawValue < b.rawValue }
  }

  /// Whether the first frames can be as long and as late as they would be with so many bytes before each.
  /// Looks at frames of which something has been read: who waits for a pipe's next frame would not see the
  /// first one.
  private func fit(_ headerBytes: Int, _ stream: ByteStream) throws -> Fit {
    var offset = 0
    for _ in 0..<8 where offset < stream.ahead && offset + headerBytes <= ByteStream.room {
      // Behind a part of a frame its rest comes at once, or never.
      guard let bytes = try stream.peek(offset + headerBytes) else { return .cutOff }
      let captured = lengths(bytes + offset).captured
      guard captured <= CaptureReader.most, order.load(bytes + offset, 4, as: UInt32.self) < 1_000_000 else {
        return .damaged
      }
      offset += headerBytes + captured
      guard try offset > ByteStream.room || stream.peek(offset) != nil else { return .cutOff }
    }
    return .whole
  }

  private func lengths(_ header: UnsafeRawPointer) -> (captured: Int, whole: Int) {
    let (first, second) = (order.count(header, 8), order.count(header, 12))
    return isExchanged || mayBeExchanged && first > second ? (second, first) : (first, second)
  }

  /// The next frame; nil at the end.
  func next(_ stream: ByteStream) throws -> CaptureReader.Frame? {
    if try stream.isAtEnd() { return nil }
    guard let header = try stream.take(headerBytes) else {
      throw ByteStream.Failure(reason: "it ends within the header of a packet")
    }
    let seconds: UInt32 = order.load(header, 0)
    let ticks: UInt32 = order.load(header, 4)
    let (captured, whole) = lengths(header)
    guard captured <= CaptureReader.most else {
      throw ByteStream.Failure(reason: "it is damaged: a packet of \(captured) bytes cannot be")
    }
    guard let bytes = try stream.take(captured) else {
      throw ByteStream.Failure(reason: "it ends within a packet")
    }
    return CaptureReader.Frame(
      linkType, nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(ticks) * nanosecondsPerTick,
      bytes: UnsafeRawBufferPointer(start: bytes, count: captured), wireCount: whole)
  }
}
