import CPCAP
import Foundation

/// Writes frames to a pcap file (libpcap), one writer. For looking at packets, not for measuring: each frame
/// is copied and may wait for the disk.
public final class Capture {
  private let handle: OpaquePointer
  private let dumper: OpaquePointer

  /// Creates or replaces the file at `path`.
  /// - Throws: `DataplaneError.memory` if libpcap has no memory, `DataplaneError.port` if the file cannot be
  ///   written.
  public init(path: String) throws {
    guard
      let handle = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, UInt32(PCAP_TSTAMP_PRECISION_NANO))
    else { throw DataplaneError.memory(what: "a capture", reason: "libpcap has none") }
    guard let dumper = pcap_dump_open(handle, path) else {
      let reason = String(cString: pcap_geterr(handle))
      pcap_close(handle)
      throw DataplaneError.port(name: path, step: "be written as a capture", reason: reason)
    }
    self.handle = handle
    self.dumper = dumper
  }

  deinit {
    pcap_dump_close(dumper)
    pcap_close(handle)
  }

  /// Appends a frame with the time of day.
  public func write(_ packet: Packet) {
    var header = pcap_pkthdr()
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    header.ts.tv_sec = now.tv_sec
    header.ts.tv_usec = now.tv_nsec
    header.caplen = UInt32(packet.count)
    header.len = UInt32(packet.count)
    pcap_dump(
      UnsafeMutablePointer<UInt8>(dumper), &header,
      packet.data.assumingMemoryBound(to: UInt8.self))
  }

  /// Writes to the disk what is buffered.
  public func flush() { pcap_dump_flush(dumper) }
}
