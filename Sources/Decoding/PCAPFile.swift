/// The format of libpcap: a header, then frames, each with one of its own. Either byte order, times in micro-
/// or nanoseconds.
struct PCAPFile {
  private let order: ByteOrder
  private let nanosecondsPerTick: Int64
  private let linkType: LinkType
  /// Bytes before a frame.
  private let headerBytes: Int
  /// Whether the two lengths of a frame stand in the other order: always, or where they must.
  private let isExchanged: Bool
  private let mayBeExchanged: Bool

  /// Reads the header; nil where the file is no such one, and then nothing has been read.
  /// - Throws: `ByteStream.Failure`.
  init?(_ stream: ByteStream) throws {
    guard let magic = try stream.peek(4)?.loadUnaligned(as: UInt32.self) else { return nil }
    // Microseconds, nanoseconds, and microseconds with 8 bytes more before each frame (Kuznetzov's patch).
    let known: [UInt32] = [0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34]
    guard let kind = known.firstIndex(where: { $0 == magic || $0.byteSwapped == magic }) else { return nil }
    order = ByteOrder(isSwapped: magic != known[kind])
    nanosecondsPerTick = kind == 1 ? 1 : 1000
    headerBytes = kind == 2 ? 24 : 16
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
  }

  /// The next frame; nil at the end.
  func next(_ stream: ByteStream) throws -> CaptureReader.Frame? {
    if try stream.isAtEnd() { return nil }
    guard let header = try stream.take(headerBytes) else {
      throw ByteStream.Failure(reason: "it ends within the header of a packet")
    }
    let seconds: UInt32 = order.load(header, 0)
    let ticks: UInt32 = order.load(header, 4)
    var (captured, whole) = (order.count(header, 8), order.count(header, 12))
    if isExchanged || mayBeExchanged && captured > whole { swap(&captured, &whole) }
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
