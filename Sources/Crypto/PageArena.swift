import CIPsecMB
import Glibc

/// One piece of zeroed memory for what many associations need: contiguous, in huge pages where the kernel has
/// them, and wiped when it goes.
///
/// Ten thousand keys lie in 2,500 pages of 4 KiB, which is more than a core's address cache holds beside
/// everything else, but in five of 2 MiB.
public final class PageArena: @unchecked Sendable {
  /// The pages that are asked for; a kernel without huge ones gives small ones, and all works as well.
  public enum Pages: Sendable {
    /// 2 MiB each, transparently.
    case huge
    /// 4 KiB each.
    case small
  }

  /// Bytes of a huge page.
  public static let hugePageBytes = 2 << 20

  /// The first byte: where a huge page starts, or at least a small one.
  public let start: UnsafeMutableRawPointer
  /// Bytes that may be used.
  public let bytes: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Memory for `bytes`, at least one.
  /// - Throws: `CryptoError.memory`.
  public convenience init(bytes: Int, pages: Pages = .huge) throws {
    try self.init(bytes: bytes, pages: pages, sharing: nil)
  }

  /// - Parameter file: an open file that the memory is shared with, so that a test sees what is left in it.
  package init(bytes: Int, pages: Pages, sharing file: Int32?) throws {
    precondition(bytes > 0, "an arena has at least a byte")
    let unit = pages == .huge ? PageArena.hugePageBytes : Int(getpagesize())
    let whole = (bytes + unit - 1) / unit * unit
    // A unit more, so that a huge page can start within it.
    mappedBytes = whole + unit
    guard
      let mapping = mmap(
        nil, mappedBytes, PROT_READ | PROT_WRITE,
        file == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file ?? -1, 0),
      mapping != MAP_FAILED
    else { throw CryptoError.memory(bytes: bytes) }
    self.mapping = mapping
    let skip = (unit - Int(bitPattern: mapping) & (unit - 1)) & (unit - 1)
    start = mapping + skip
    self.bytes = bytes
    // Only advice: where it is not taken, pages are small.
    _ = madvise(start, whole, pages == .huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
  }

  deinit {
    cimb_wipe(start, UInt64(bytes))
    munmap(mapping, mappedBytes)
  }
}

/// Requests to fetch cache lines.
public enum CacheLine {
  /// Bytes of a line.
  public static let bytes = 64

  /// Fetches the line at `address`, which will be read.
  @inlinable @inline(__always)
  public static func fetchToRead(_ address: UnsafeRawPointer) { cimb_prefetch_read(address) }

  /// Fetches the line at `address`, which will be written.
  @inlinable @inline(__always)
  public static func prefetchToWrite(_ address: UnsafeRawPointer) { cimb_prefetch_write(address) }
}
