/// A value of an axis.
public enum AxisValue: Codable, Hashable, Sendable, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  case integer(Int)
  case flag(Bool)
  case word(String)

  /// A number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A flag.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  /// A word.
  public init(stringLiteral value: String) { self = .word(value) }

  /// The number; nil if the value is not a number.
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The value as it is written in tables and descriptors.
  public var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .word(let value): value
    }
  }
}
