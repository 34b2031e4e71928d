import CZlib
import Glibc

/// The bytes of a file or a pipe, one after the other, through a buffer of fixed size; what gzip has
/// compressed comes as it was before.
final class ByteStream {
  /// The most bytes that `take` can hand out at once.
  static let room = 1 << 19

  /// Why bytes cannot be read; completes the sentence "it …".
  struct Failure: Error {
    let reason: String
  }

  /// Called before more is read, which takes time where somebody is still writing.
  var beforeReading: () throws -> Void = {}
  private let file: Int32
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 64)
  private var start = 0
  private var end = 0
  private var inflater: Inflater?

  /// Reads from an open file, which is closed in the end.
  init(file: Int32) throws {
    self.file = file
    while end < 2, try fill() {}
    if end >= 2, buffer.loadUnaligned(as: UInt16.self) == UInt16(bigEndian: 0x1F8B) {
      inflater = try Inflater(UnsafeRawBufferPointer(start: buffer, count: end), rest: file)
      end = 0
    }
  }

  deinit {
    close(file)
    buffer.deallocate()
  }

  /// The next bytes, which stay where they are until more are asked for; nil where the file ends before.
  /// - Parameter count: up to `room`.
  func take(_ count: Int) throws -> UnsafeRawPointer? {
    guard try has(count) else { return nil }
    defer { start += count }
    return UnsafeRawPointer(buffer + start)
  }

  /// As `take`, but the bytes come again.
  func peek(_ count: Int) throws -> UnsafeRawPointer? {
    try has(count) ? UnsafeRawPointer(buffer + start) : nil
  }

  /// Leaves bytes out.
  /// - Returns: whether there were as many.
  func skip(_ count: Int) throws -> Bool {
    var count = count
    while end - start < count {
      count -= end - start
      start = end
      guard try fill() else { return false }
    }
    start += count
    return true
  }

  /// Bytes that have been read and not been taken.
  var ahead: Int { end - start }

  /// Whether nothing follows.
  func isAtEnd() throws -> Bool { try !has(1) }

  private func has(_ count: Int) throws -> Bool {
    while end - start < count {
      guard try fill() else { return false }
    }
    return true
  }

  /// Reads what there is, at least a byte.
  /// - Returns: false at the end of the file.
  private func fill() throws -> Bool {
    try beforeReading()
    buffer.copyMemory(from: buffer + start, byteCount: end - start)
    (start, end) = (0, end - start)
    let free = UnsafeMutableRawBufferPointer(start: buffer + end, count: Self.room - end)
    let count = try inflater.map { try $0.read(into: free) } ?? Self.read(file, into: free)
    end += count
    return count > 0
  }

  /// - Returns: how many bytes there were; 0 at the end of the file.
  fileprivate static func read(_ file: Int32, into free: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Glibc.read(file, free.baseAddress, free.count)
      if count >= 0 { return count }
      guard errno == EINTR else { throw Failure(reason: String(cString: strerror(errno))) }
    }
  }
}

/// Undoes what gzip has done (RFC 1952), to any number of files one behind the other.
private final class Inflater {
  private let file: Int32
  // zlib remembers where it lies.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: ByteStream.room, alignment: 64)
  /// Whether a file ended here, so that this may be the end.
  private var isBetween = false

  init(_ first: UnsafeRawBufferPointer, rest file: Int32) throws {
    self.file = file
    input.copyMemory(from: first)
    stream.initialize(to: z_stream())
    // 15 bits of window, and 16 for the header of gzip.
    guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ByteStream.Failure(reason: "zlib cannot start")
    }
    offer(first.count)
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  private func offer(_ count: Int) {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
  }

  /// - Returns: how many bytes there were; 0 at the end.
  func read(into free: UnsafeMutableRawBufferPointer) throws -> Int {
    stream.pointee.next_out = free.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(free.count)
    while Int(stream.pointee.avail_out) == free.count {
      if stream.pointee.avail_in == 0 {
        let count = try ByteStream.read(file, into: input)
        if count == 0 {
          if isBetween { return 0 }
          throw ByteStream.Failure(reason: "its compressed data end too early")
        }
        offer(count)
      }
      if isBetween {
        // What is no further file is left alone, as gzip does.
        guard stream.pointee.next_in.pointee == 0x1F else { return 0 }
        inflateReset(stream)
        isBetween = false
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: isBetween = true
      default: throw ByteStream.Failure(reason: "its compressed data are damaged")
      }
    }
    return free.count - Int(stream.pointee.avail_out)
  }
}
