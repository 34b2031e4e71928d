import Foundation
import Statistics

/// Formats numbers for readers.
package enum Display {
  /// A number with four significant digits, without an exponent in the usual range.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    let magnitude = abs(value)
    if magnitude != 0, magnitude < 0.001 || magnitude >= 1e9 { return String(format: "%.2e", value) }
    let digits = magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3
    return String(format: "%.\(digits)f", value)
  }

  /// A value with its interval, such as `1.280 [1.241, 1.320]`.
  package static func interval(_ value: Double, _ low: Double?, _ high: Double?) -> String {
    guard let low, let high else { return number(value) }
    return "\(number(value)) [\(number(low)), \(number(high))]"
  }

  /// A share as percent: `1.3 %`, `42 %`.
  package static func percent(_ share: Double) -> String {
    String(format: abs(share) < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share)
  }

  /// A figure with its interval.
  package static func estimate(_ estimate: LaunchEstimate) -> String {
    interval(estimate.value, estimate.low, estimate.high)
  }
}
