import Foundation

/// Writes frames to a pcapng file (draft-ietf-opsawg-pcapng), one thread at a time. For looking at packets,
/// not for measuring: each frame is copied and may wait for the disk.
///
/// libpcap reads pcapng but writes only pcap, which cannot distinguish the sides of a link.
public final class Capture {
  private let file: UnsafeMutablePointer<FILE>
  /// The most bytes of the capture; nil for no limit.
  private let most: Int?
  private var bytes = 0
  /// Frames left out because the capture was full.
  private var leftOut: UInt64 = 0

  /// The most bytes of a capture that is kept in an unnamed file.
  public static let keptBytes = 64 << 20

  /// Creates or replaces the file at `path`.
  /// - Parameter interfaces: names of the link's directions, one interface for each.
  /// - Throws: `DataplaneError.capture` if the file cannot be written.
  public convenience init(path: String, interfaces: [String]) throws {
    // Do not follow a symbolic link: in a folder that others may write to it could lead to any file.
    let handle = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard handle >= 0, let file = fdopen(handle, "w") else {
      throw Capture.failure(path)
    }
    self.init(file, most: nil, interfaces)
  }

  /// Captures into an unnamed file, which vanishes with the process; `piece` reads it.
  /// - Parameter most: the size in bytes beyond which frames are left out.
  /// - Throws: `DataplaneError.capture` if there can be no such file.
  public convenience init(keeping interfaces: [String], most: Int = Capture.keptBytes) throws {
    guard let file = tmpfile() else { throw Capture.failure(Capture.unnamed) }
    self.init(file, most: most, interfaces)
  }

  /// The location of `tmpfile`'s files, for messages.
  private static let unnamed = "in \(P_tmpdir)"

  private static func failure(_ path: String) -> DataplaneError {
    .capture(path: path, reason: String(cString: strerror(errno)))
  }

  private init(_ file: UnsafeMutablePointer<FILE>, most: Int?, _ interfaces: [String]) {
    (self.file, self.most) = (file, most)
    // Section header: byte order, version 1.0, a section of unknown length; the writing program.
    write(
      block: 0x0A0D_0D0A,
      Capture.little(0x1A2B_3C4D as UInt32) + Capture.little(1 as UInt16) + Capture.little(0 as UInt16)
        + Capture.little(UInt64.max) + Capture.option(4, Array("vpebench".utf8)) + Capture.option(0, []))
    for name in interfaces {
      // Interface: Ethernet, up to 64 KiB of a frame; its name; times in nanoseconds.
      write(
        block: 1,
        Capture.little(1 as UInt32) + Capture.little(65535 as UInt32)
          + Capture.option(2, Array(name.utf8)) + Capture.option(9, [9]) + Capture.option(0, []))
    }
  }

  deinit { fclose(file) }

  /// Appends a frame of side `interface` with the time of day.
  public func write(_ packet: Packet, interface: Int) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let time = UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    let count = UInt32(packet.count)
    let padding = (0 &- packet.count) & 3
    let whole = UInt32(32 + packet.count + padding)
    if let most, bytes + Int(whole) > most {
      leftOut += 1
      return
    }
    bytes += Int(whole)
    let header: [UInt32] = [
      6, whole, UInt32(interface), UInt32(time >> 32), UInt32(truncatingIfNeeded: time), count, count,
    ]
    // In this machine's byte order (x86-64), which the section header declares.
    header.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
    fwrite(packet.data, 1, packet.count, file)
    var end = (0 as UInt32, whole)
    withUnsafeBytes(of: &end) { _ = fwrite($0.baseAddress! + (4 - padding), 1, 4 + padding, file) }
  }

  /// Writes buffered frames to the file.
  public func flush() { fflush(file) }

  /// The file's content from an offset on, once no more frames come.
  /// - Throws: `DataplaneError.capture` if it cannot be read.
  public func piece(from offset: Int) throws -> CapturePiece {
    flush()
    let room = min(CapturePiece.bytesMax, max(0, bytes - offset))
    let chunk = try [UInt8](unsafeUninitializedCapacity: room) { chunk, done in
      while done < room, let start = chunk.baseAddress {
        let count = pread(fileno(file), start + done, room - done, off_t(offset + done))
        // The file is shorter if the disk was full.
        if count == 0 { errno = ENOSPC }
        guard count > 0 else { throw Capture.failure(Capture.unnamed) }
        done += count
      }
    }
    return CapturePiece(bytes: Data(chunk), whole: bytes, leftOut: leftOut)
  }

  private func write(block type: UInt32, _ body: [UInt8]) {
    let length = Capture.little(UInt32(body.count + 12))
    let block = Capture.little(type) + length + body + length
    bytes += block.count
    fwrite(block, 1, block.count, file)
  }

  private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    little(code) + little(UInt16(value.count)) + value + [UInt8](repeating: 0, count: (0 &- value.count) & 3)
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}

/// A piece of a capture.
public struct CapturePiece: Codable, Equatable, Sendable {
  /// The most bytes of a piece.
  public static let bytesMax = 1 << 20

  /// The content; empty behind the end of the capture.
  public let bytes: Data
  /// Bytes of the whole capture.
  public let whole: Int
  /// Frames left out because the capture was full.
  public let leftOut: UInt64

  /// A piece by its parts.
  public init(bytes: Data, whole: Int, leftOut: UInt64) {
    (self.bytes, self.whole, self.leftOut) = (bytes, whole, leftOut)
  }
}
