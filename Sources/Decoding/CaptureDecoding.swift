import Foundation

/// Goes through a capture, a line for each packet.
public enum CaptureDecoding {
  /// Decodes the file at `path` (`-` is standard input), in constant memory: a line for each packet, at the
  /// end one with counts. What comes before a damaged record is decoded too.
  /// - Parameter output: gets whole lines, many at once, but never later than more of the capture is read.
  /// - Throws: `DescriptorError` of the keys, `CaptureError`, what the crypto library cannot do, or what
  ///   `output` throws, which ends the work.
  public static func run(
    path: String, keysFile: URL?, output: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let known = try keysFile.map { try KeysFile.load(file: $0) } ?? KnownAssociations()
    let reader = try CaptureReader(path: path)
    let lines = LineBuffer(output)
    reader.beforeReading { try lines.flush() }
    var tally = Tally(PacketDecoder(known))
    do {
      while let frame = try reader.next() { try lines.add { try tally.decode(frame, into: &$0) } }
    } catch let error as CaptureError {
      try lines.add { tally.describe(in: &$0) }
      try lines.flush()
      throw error
    }
    try lines.add { tally.describe(in: &$0) }
    try lines.flush()
  }
}

/// Lines on their way out.
private final class LineBuffer {
  private var lines = Line()
  private let output: (UnsafeRawBufferPointer) throws -> Void
  private static let room = 1 << 16

  init(_ output: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.output = output }

  func add(_ body: (inout Line) throws -> Void) throws {
    try body(&lines)
    lines.add("\n")
    if lines.count >= Self.room { try flush() }
  }

  func flush() throws {
    defer { lines.clear() }
    if lines.count > 0 { try output(lines.bytes) }
  }
}

/// Numbers the packets, and counts what they are found to be.
private struct Tally {
  private let decoder: PacketDecoder
  /// By raw value.
  private var counts = PacketVerdict.allCases.map { _ in 0 }
  private var number = 0
  private var start: Int64?

  init(_ decoder: PacketDecoder) { self.decoder = decoder }

  /// Number, seconds since the first packet whose time is known, and what the packet is.
  mutating func decode(_ frame: CaptureReader.Frame, into line: inout Line) throws {
    number += 1
    line.add(number)
    line.add(" ")
    if let time = frame.nanoseconds {
      let first = start ?? time
      start = first
      // A capture may go back in time.
      let (whole, rest) = (time &- first).magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
      if time < first { line.add("-") }
      line.add(whole)
      line.add(".")
      line.add(rest, digits: 9)
    } else {
      line.add("-")
    }
    line.add(" ")
    counts[try decoder.decode(frame, into: &line).rawValue] += 1
  }

  func describe(in line: inout Line) {
    line.add(number)
    line.add(number == 1 ? " packet" : " packets")
    var separator: StaticString = ": "
    for verdict in PacketVerdict.allCases where counts[verdict.rawValue] > 0 {
      line.add(separator)
      line.add(counts[verdict.rawValue])
      line.add(" ")
      line.add(verdict.name)
      separator = ", "
    }
  }
}
