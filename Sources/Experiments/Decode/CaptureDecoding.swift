import Dataplane
import Decoding
import Foundation

/// Goes through a capture, a line for each packet.
public enum CaptureDecoding {
  /// Decodes the file at `path`, and gives each packet's line to `onLine` as soon as it is there, at the end
  /// one with counts. What comes before a damaged place is decoded too.
  /// - Throws: `DescriptorError` of the keys, `DataplaneError.capture`, or what the crypto library cannot do.
  public static func run(path: String, keysFile: URL?, onLine: (String) -> Void) throws {
    let known = try keysFile.map { try KeysFile.load(file: $0) } ?? KnownAssociations()
    let reader = try CaptureReader(path: path)
    let decoder = PacketDecoder(known)
    var counts: [PacketVerdict: Int] = [:]
    var number = 0
    var start: Int64?
    var failure: (any Error)?
    do {
      while let frame = try reader.next() {
        number += 1
        let first = start ?? frame.nanoseconds
        start = first
        let packet = try decoder.decode(frame, reader.linkType)
        counts[packet.verdict, default: 0] += 1
        onLine("\(number) \(seconds(frame.nanoseconds &- first)) \(packet.description)")
      }
    } catch {
      failure = error
    }
    let parts = PacketVerdict.allCases.compactMap { verdict in
      counts[verdict].map { "\($0) \(verdict.rawValue)" }
    }
    onLine(
      "\(number) packet\(number == 1 ? "" : "s")"
        + (parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))"))
    if let failure { throw failure }
  }

  /// Since the first packet, with nanoseconds; a capture may go back in time.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    let digits = String(rest)
    let sign = nanoseconds < 0 ? "-" : ""
    return "\(sign)\(whole).\(String(repeating: "0", count: 9 - digits.count))\(digits)"
  }
}
