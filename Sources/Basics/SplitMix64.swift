/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): small,
/// seedable, the same on every machine and with every toolchain.
@frozen public struct SplitMix64: RandomNumberGenerator, Sendable {
  @usableFromInline package var state: UInt64

  /// A generator whose outputs follow from `state`.
  @inlinable public init(state: UInt64) { self.state = state }

  /// The next output.
  @inlinable public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound` - 1. The bias, below `bound` / 2^64, is of no matter here.
  @inlinable public mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The values in a random order, by Fisher and Yates. The standard library's shuffle may change between
  /// versions of Swift, and a seed must give the same run in all of them.
  public mutating func shuffled<Value>(_ values: [Value]) -> [Value] {
    var order = values
    for last in stride(from: values.count - 1, to: 0, by: -1) { order.swapAt(last, next(below: last + 1)) }
    return order
  }
}
