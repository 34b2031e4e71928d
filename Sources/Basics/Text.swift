extension BinaryInteger {
  /// As in `1 case`, `2 cases`.
  package func counted(_ noun: String) -> String {
    "\(self) \(noun)\(self == 1 ? "" : noun.hasSuffix("ch") ? "es" : "s")"
  }

  /// As in `1 case is`, `2 cases are`.
  package func counted(_ noun: String, _ one: String, _ more: String) -> String {
    "\(counted(noun)) \(self == 1 ? one : more)"
  }

  /// As in `1 of 1 case is`, `1 of 2 cases is`, `2 of 2 cases are`: the verb agrees with the part.
  package func counted(of all: Self, _ noun: String, _ one: String, _ more: String) -> String {
    "\(self) of \(all.counted(noun)) \(self == 1 ? one : more)"
  }
}

extension String {
  /// Every ASCII `byte` replaced, whatever follows it: with a combining mark behind it a quote is another
  /// `Character`, and "\r\n" is one, but who reads the text sees the bytes.
  package func replacing(_ byte: Unicode.Scalar, with other: String) -> String {
    String(decoding: utf8.flatMap { $0 == UInt8(ascii: byte) ? Array(other.utf8) : [$0] }, as: UTF8.self)
  }

  /// The text in lines of at most `width` characters, broken between words.
  package func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, last.count + word.count < width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension Double {
  /// A number of seconds as in `1 h 5 min`, `3 min` or `12 s`.
  package var asDuration: String {
    let whole = Int(rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min" : "\(whole) s"
  }
}
