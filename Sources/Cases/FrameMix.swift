import Wire

/// Frames of several lengths that are sent in turn (IMIX). A word on the axis `frame_bytes` names such a mix.
///
/// The order is fixed for each queue of a port, regardless of the frames' flows (RFC 6985: per port).
public struct FrameMix: Hashable, Sendable {
  /// The word that names the mix, such as `imix`.
  public let name: String
  /// The lengths in bytes, with frame check sequences, of one frame after the other; then they repeat.
  public let lengths: [Int]

  /// The mix with this name, or with this genome (RFC 6985).
  /// - Returns: nil if the word has a `fault`.
  public init?(_ word: String) {
    guard case .lengths(let lengths) = Self.read(word) else { return nil }
    (name, self.lengths) = (word, lengths)
  }

  /// What is wrong with a word that matches `expression`; nil if nothing is.
  public static func fault(of word: String) -> String? {
    if case .fault(let fault) = read(word) { fault } else { nil }
  }

  /// Bytes of the longest frame.
  public var longest: Int { lengths.max() ?? 0 }
  /// Mean length of the frames in bytes.
  public var mean: Double { Double(lengths.reduce(0, +)) / Double(lengths.count) }

  /// The name of a mix for readers.
  public static func title(_ word: String) -> String {
    guard word.hasPrefix(simple) else { return "IMIX \(word)" }
    return word.replacing("imix-csit-ip", with: "IMIX CSIT IP").replacing(simple, with: "IMIX")
  }

  /// The label of a mix in the name of a case.
  static func label(_ word: String) -> String { word.hasPrefix(simple) ? word : "\(simple)-\(word)" }

  /// A regular expression for words that can be mixes.
  public static let expression = "imix(?:-csit-ipv[46])?|(?:[A-Z]=[0-9]{1,5}:)*[a-gzA-Z]{2,99}"
  /// A description of these words; completes "allowed is …".
  public static let allowed =
    "a mix: \"imix\", \"imix-csit-ipv4\", \"imix-csit-ipv6\", or 2 to 99 letters of RFC 6985 (a 64, b 128, "
    + "c 256, d 512, e 1024, f 1280, g and z 1518), and capitals with lengths of their own before them, such "
    + "as \"aaafg\" or \"A=570:aaAg\""

  private enum Reading {
    case lengths([Int])
    case fault(String)
  }

  private static let simple = "imix"

  /// The mixes with names: the number of frames of each length.
  private static let named: [String: [(bytes: Int, count: Int)]] = [
    // IP packets of 40, 576 and 1500 bytes at 7 : 4 : 1.
    simple: [(64, 7), (594, 4), (1518, 1)],
    // FD.io CSIT's IMIX_v4_1 and its like for IPv6.
    "imix-csit-ipv4": [(64, 28), (570, 16), (1518, 4)],
    "imix-csit-ipv6": [(78, 28), (570, 16), (1518, 4)],
  ]

  /// Letters of RFC 6985, section 3, for the lengths that are possible here; z is the MTU, here 1500.
  private static let letters: [Character: Int] = [
    "a": 64, "b": 128, "c": 256, "d": 512, "e": 1024, "f": 1280, "g": 1518, "z": 1518,
  ]

  private static func read(_ word: String) -> Reading {
    if let parts = named[word] { return .lengths(spread(parts)) }
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    var known = letters
    for part in parts.dropLast() {
      guard let letter = part.first, let bytes = Int(part.dropFirst(2)) else {
        return .fault("has \"\(part)\", where a letter has its length, such as A=570")
      }
      if !Ethernet.frameBytes.contains(bytes) {
        let (least, most) = (Ethernet.frameBytes.lowerBound, Ethernet.frameBytes.upperBound)
        return .fault("gives \(letter) \(bytes) bytes; allowed are \(least) to \(most)")
      }
      if known.updateValue(bytes, forKey: letter) != nil { return .fault("gives \(letter) two lengths") }
    }
    let genome = parts.last ?? ""
    if let unknown = genome.first(where: { known[$0] == nil }) {
      return .fault("has \(unknown), which has no length; say it before, such as \(unknown)=570:\(genome)")
    }
    if let idle = known.keys.filter(\.isUppercase).sorted().first(where: { !genome.contains($0) }) {
      return .fault("gives \(idle) a length, but \(genome) has no \(idle)")
    }
    return .lengths(genome.compactMap { known[$0] })
  }

  /// Spreads the frames of each length evenly: the next frame is of the length that is most behind its share.
  private static func spread(_ parts: [(bytes: Int, count: Int)]) -> [Int] {
    let total = parts.reduce(0) { $0 + $1.count }
    var sent = parts.map { _ in 0 }
    return (1...total).compactMap { index in
      func lag(_ part: Int) -> Int { index * parts[part].count - total * sent[part] }
      guard let next = parts.indices.max(by: { lag($0) < lag($1) }) else { return nil }
      sent[next] += 1
      return parts[next].bytes
    }
  }
}

extension AxisValues {
  /// The mix of the frames; nil if all frames have one length.
  public var frameMix: FrameMix? {
    guard case .word(let word)? = self[.frameBytes] else { return nil }
    return FrameMix(word)
  }
  /// The lengths in bytes, with frame check sequences, of one frame after the other: those of the mix, or the
  /// one length.
  public var frameLengths: [Int] { frameMix?.lengths ?? [frameBytes] }
  /// Mean length of the frames in bytes, on which rates in bits are based.
  public var meanFrameBytes: Double { frameMix?.mean ?? Double(frameBytes) }
}

extension CaseCoordinates {
  /// The column that names a mix.
  public static let frameMix = "frame_mix"

  /// The frames' length, or the name of their mix, for readers.
  public var frames: String { axes[Self.frameMix].map(FrameMix.title) ?? "\(frameBytes)" }
}
