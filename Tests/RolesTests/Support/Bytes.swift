/// The `count` low bytes of a number, highest first.
func big(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
}

/// The `count` low bytes of a number, lowest first.
func little(_ value: UInt64, _ count: Int) -> [UInt8] { big(value, count).reversed() }
