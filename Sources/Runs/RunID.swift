import Foundation

/// What tells the keys of one start of a run from those of every other, with the same descriptor, too.
///
/// Test keys follow from the descriptor's seed, the case, the sample and this (`CasePlan.seed`). A run draws
/// 64 random bits when it starts and when it goes on: what it takes again after it was ended gets new keys.
/// Two starts draw the same with a probability of 2^-64. A given one repeats keys and nonces on purpose.
public struct RunID: Hashable, Sendable, CustomStringConvertible {
  /// Its 64 bits.
  public let value: UInt64

  /// One by its bits.
  public init(value: UInt64) { self.value = value }

  /// One that follows from nothing.
  public static func drawn() -> RunID { RunID(value: .random(in: .min ... .max)) }

  /// One as somebody writes it: 1 to 16 hexadecimal digits; nil for anything else.
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
