/// Why a capture cannot be read, or not to its end.
public struct CaptureError: Error, Equatable, CustomStringConvertible {
  /// The file's path; `-` is standard input.
  public let path: String
  /// How many frames came before; nil if it could not be opened.
  public let frames: Int?
  /// Why; completes the sentence "it …" or stands by itself.
  public let reason: String

  /// One sentence with the remedy.
  public var description: String {
    let name = path == "-" ? "from standard input" : path
    guard let frames else {
      return "the capture \(name) cannot be read (\(reason)); what is needed is a pcap or pcapng file, "
        + "as tcpdump and Wireshark write it, or such a one compressed by gzip"
    }
    return "the capture \(name) cannot be read beyond packet \(frames) (\(reason)); what comes before is "
      + "decoded"
  }
}
