private let digits = Array("0123456789abcdef".utf8)

/// Bytes as lower-case hexadecimal digits.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  var text: [UInt8] = []
  text.reserveCapacity(bytes.underestimatedCount * 2)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}

/// The bytes that an even number of hexadecimal digits stands for; blanks do not count.
func bytes(_ hex: String) -> [UInt8] {
  let nibbles = hex.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
  precondition(nibbles.count % 2 == 0, "an odd number of hexadecimal digits")
  return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
}
