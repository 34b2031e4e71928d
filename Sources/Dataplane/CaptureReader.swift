import CPCAP

/// Reads the frames of a pcap or pcapng file, one after the other, by means of libpcap.
public final class CaptureReader {
  /// What the frames of a file begin with.
  public enum LinkType: Sendable {
    /// An Ethernet header.
    case ethernet
    /// An IP header.
    case rawIP
  }

  /// A frame; its bytes stay where they are until the next one is read.
  public struct Frame {
    /// When it was captured, in nanoseconds since 1970.
    public let nanoseconds: Int64
    /// The bytes that were captured.
    public let bytes: UnsafeRawBufferPointer
    /// How many bytes it had; more than were captured if it was cut off.
    public let wireCount: Int

    package init(nanoseconds: Int64, bytes: UnsafeRawBufferPointer, wireCount: Int) {
      self.nanoseconds = nanoseconds
      self.bytes = bytes
      self.wireCount = wireCount
    }
  }

  /// What every frame of the file begins with.
  public let linkType: LinkType
  private let path: String
  private let handle: OpaquePointer
  private var count = 0

  /// Opens the file at `path`.
  /// - Throws: `DataplaneError.capture`.
  public init(path: String) throws {
    var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let precision = UInt32(PCAP_TSTAMP_PRECISION_NANO)
    guard let handle = pcap_open_offline_with_tstamp_precision(path, precision, &reason) else {
      let end = reason.firstIndex(of: 0) ?? reason.endIndex
      let text = String(decoding: reason[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self)
      let prefix = "\(path): "
      throw DataplaneError.capture(
        path: path, frames: nil, reason: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }
    switch pcap_datalink(handle) {
    case DLT_EN10MB: linkType = .ethernet
    case DLT_RAW, DLT_IPV4, DLT_IPV6: linkType = .rawIP
    case let type:
      let name = pcap_datalink_val_to_name(type).map { String(cString: $0) } ?? "\(type)"
      pcap_close(handle)
      throw DataplaneError.capture(
        path: path, frames: nil, reason: "its link type is \(name), not Ethernet or raw IP")
    }
    self.path = path
    self.handle = handle
  }

  deinit { pcap_close(handle) }

  /// The next frame; nil at the end of the file.
  /// - Throws: `DataplaneError.capture` where the file is damaged or ends within a frame.
  public func next() throws -> Frame? {
    var header: UnsafeMutablePointer<pcap_pkthdr>?
    var bytes: UnsafePointer<UInt8>?
    let status = pcap_next_ex(handle, &header, &bytes)
    if status == PCAP_ERROR_BREAK { return nil }
    guard status == 1, let header = header?.pointee, let bytes else {
      throw DataplaneError.capture(
        path: path, frames: count, reason: String(cString: pcap_geterr(handle)))
    }
    count += 1
    // With this precision the field for microseconds holds nanoseconds.
    return Frame(
      nanoseconds: Int64(header.ts.tv_sec) &* 1_000_000_000 &+ Int64(header.ts.tv_usec),
      bytes: UnsafeRawBufferPointer(start: bytes, count: Int(header.caplen)), wireCount: Int(header.len))
  }
}
