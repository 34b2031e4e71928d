import Foundation

/// Makes the keys of one start of a run differ from those of any other, even with the same descriptor.
///
/// Test keys follow from the descriptor's seed, the case, the sample and this ID (`CasePlan.seed`). A run
/// draws 64 random bits when it starts and when it is resumed, so repeated samples get new keys. Two starts
/// draw the same ID with a probability of 2^-64. A given ID repeats keys and nonces on purpose.
public struct RunID: Hashable, Sendable, CustomStringConvertible {
  /// Its 64 bits.
  public let value: UInt64

  /// An ID by its bits.
  public init(value: UInt64) { self.value = value }

  /// A random ID.
  public static func drawn() -> RunID { RunID(value: .random(in: .min ... .max)) }

  /// An ID from text: 1 to 16 hexadecimal digits; nil for anything else.
  public init?(_ text: String) {
    guard (1...16).contains(text.utf8.count), text.utf8.allSatisfy({ Character(.init($0)).isHexDigit }),
      let value = UInt64(text, radix: 16)
    else { return nil }
    self.value = value
  }

  /// 16 hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
