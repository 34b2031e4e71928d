extension Sequence<UInt8> {
  /// Two lower-case digits a byte, with `separator` between the bytes.
  public func hex(separator: String = "") -> String {
    map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: separator)
  }
}
