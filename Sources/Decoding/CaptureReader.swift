import Glibc
import Wire

/// Reads the frames of a pcap or pcapng file, one after the other, in constant memory.
///
/// libpcap cannot read a file whose interfaces have different link types or snapshot lengths, as merged
/// captures have; the formats are small (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng).
public final class CaptureReader {
  /// A frame; its bytes stay where they are until the next one is read.
  public struct Frame {
    /// What it begins with.
    public let linkType: LinkType
    /// When it was captured, in nanoseconds since 1970; nil where the file does not tell.
    public let nanoseconds: Int64?
    /// The bytes that were captured.
    public let bytes: UnsafeRawBufferPointer
    /// How many bytes it had; more than were captured if it was cut off.
    public let wireCount: Int

    /// A frame; it has at least as many bytes as were captured.
    public init(
      _ linkType: LinkType, nanoseconds: Int64?, bytes: UnsafeRawBufferPointer, wireCount: Int
    ) {
      self.linkType = linkType
      self.nanoseconds = nanoseconds
      self.bytes = bytes
      self.wireCount = max(bytes.count, wireCount)
    }
  }

  /// The most bytes of a frame, as for libpcap and Wireshark: a greater length means damage.
  public static let most = 262_144

  private enum Format {
    case pcap(PCAPFile)
    case pcapng(PCAPNGFile)
  }

  private let path: String
  private let stream: ByteStream
  private var format: Format
  private var count = 0

  /// Opens the file at `path`; `-` is standard input.
  /// - Throws: `CaptureError`.
  public init(path: String) throws {
    self.path = path
    let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw CaptureError(path: path, frames: nil, reason: String(cString: strerror(errno)))
    }
    do {
      stream = try ByteStream(file: file)
      if let pcap = try PCAPFile(stream) {
        format = .pcap(pcap)
      } else if let pcapng = try PCAPNGFile(stream) {
        format = .pcapng(pcapng)
      } else {
        throw ByteStream.Failure(reason: try Self.unknown(stream, path))
      }
    } catch let failure as ByteStream.Failure {
      throw CaptureError(path: path, frames: nil, reason: failure.reason)
    }
  }

  /// Lets `body` be called before more is read: whoever reads a pipe may want to show what there is.
  public func beforeReading(_ body: @escaping () throws -> Void) { stream.beforeReading = body }

  /// The next frame; nil at the end of the file.
  /// - Throws: `CaptureError` where the file is damaged or ends within a frame.
  public func next() throws -> Frame? {
    do {
      let frame: Frame?
      switch format {
      case .pcap(let file): frame = try file.next(stream)
      case .pcapng(var file):
        frame = try file.next(stream)
        format = .pcapng(file)
      }
      if frame != nil { count += 1 }
      return frame
    } catch let failure as ByteStream.Failure {
      throw CaptureError(path: path, frames: count, reason: failure.reason)
    }
  }

  /// What a file of an unknown format is, with a remedy where there is one.
  private static func unknown(_ stream: ByteStream, _ path: String) throws -> String {
    if try stream.isAtEnd() { return "it is empty" }
    guard let start = try stream.peek(4) else { return "unknown file format" }
    let compressed: [(magic: UInt32, mask: UInt32, tool: String)] = [
      (0x28B5_2FFD, .max, "zstd"), (0x0422_4D18, .max, "lz4"), (0xFD37_7A58, .max, "xz"),
      (0x425A_6800, 0xFFFF_FF00, "bzip2"), (0x1F8B_0000, 0xFFFF_0000, "gzip"),
    ]
    let magic: UInt32 = start.loadBig(0)
    if let found = compressed.first(where: { magic & $0.mask == $0.magic }) {
      let from = path == "-" ? "" : " \(quoted(path))"
      let twice = found.tool == "gzip" ? " twice" : ""
      return "it is compressed\(twice): `\(found.tool) -dc\(from) | vpebench decode -` goes on"
    }
    let rewriting = "`editcap -F pcapng \(quoted(path)) NEW` rewrites it"
    let remedy = path == "-" ? "" : "; if Wireshark knows it, \(rewriting)"
    return "unknown file format\(remedy)"
  }

  /// A path that a shell leaves as it is.
  private static func quoted(_ path: String) -> String {
    let others = path.utf8.contains { byte in
      !(UInt8(ascii: "0")...UInt8(ascii: "z")).contains(byte) && !"-./+,%".utf8.contains(byte)
        || ";<=>?[\\]^`".utf8.contains(byte)
    }
    let parts = path.split(separator: "'", omittingEmptySubsequences: false)
    return others ? "'\(parts.joined(separator: #"'\''"#))'" : path
  }
}

/// An integer of a file in either byte order.
struct ByteOrder {
  /// Whether the file has the order that this machine does not have.
  let isSwapped: Bool

  func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ at: UnsafeRawPointer, _ offset: Int, as: T.Type = T.self
  )
    -> T
  {
    let value = at.loadUnaligned(fromByteOffset: offset, as: T.self)
    return isSwapped ? value.byteSwapped : value
  }

  /// A 32-bit number that counts bytes.
  func count(_ at: UnsafeRawPointer, _ offset: Int) -> Int { Int(load(at, offset, as: UInt32.self)) }
}
