import Foundation

/// Writes frames to a pcapng file (draft-ietf-opsawg-pcapng), one thread at a time. For looking at packets,
/// not for measuring: each frame is copied and may wait for the disk.
///
/// libpcap, which reads both formats, writes pcap alone, and that cannot tell the sides of a link apart.
public final class Capture {
  private let file: UnsafeMutablePointer<FILE>

  /// Creates or replaces the file at `path`.
  /// - Parameter interfaces: names of the sides that frames are of.
  /// - Throws: `DataplaneError.port` if the file cannot be written.
  public init(path: String, interfaces: [String]) throws {
    // No link is followed: in a folder that others may write to it could lead to any file.
    let handle = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard handle >= 0, let file = fdopen(handle, "w") else {
      throw DataplaneError.port(
        name: path, step: "be written as a capture", reason: String(cString: strerror(errno)))
    }
    self.file = file
    // Byte order, version 1.0, a section of unknown length; by which program.
    write(
      block: 0x0A0D_0D0A,
      Capture.little(0x1A2B_3C4D as UInt32) + Capture.little(1 as UInt16) + Capture.little(0 as UInt16)
        + Capture.little(UInt64.max) + Capture.option(4, Array("vpebench".utf8)) + Capture.option(0, []))
    for name in interfaces {
      // Ethernet, up to 64 KiB of a frame; its name, and that times are in nanoseconds.
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
    let header: [UInt32] = [
      6, whole, UInt32(interface), UInt32(time >> 32), UInt32(truncatingIfNeeded: time), count, count,
    ]
    // In the order of this machine, x86-64, which is what the section says.
    header.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, file) }
    fwrite(packet.data, 1, packet.count, file)
    var end = (0 as UInt32, whole)
    withUnsafeBytes(of: &end) { _ = fwrite($0.baseAddress! + (4 - padding), 1, 4 + padding, file) }
  }

  /// Writes to the disk what is buffered.
  public func flush() { fflush(file) }

  private func write(block type: UInt32, _ body: [UInt8]) {
    let length = Capture.little(UInt32(body.count + 12))
    let block = Capture.little(type) + length + body + length
    fwrite(block, 1, block.count, file)
  }

  private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    little(code) + little(UInt16(value.count)) + value + [UInt8](repeating: 0, count: (0 &- value.count) & 3)
  }

  private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
}
