/// Why a test cannot go on, in a sentence.
struct Unmet: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Asks again and again until `condition` holds, at most for so long that no machine is too slow.
/// - Returns: whether it came to hold.
func eventually(within seconds: Double = 180, _ condition: () throws -> Bool) async throws -> Bool {
  let clock = ContinuousClock()
  let limit = clock.now + .seconds(seconds)
  while try !condition() {
    if clock.now > limit { return false }
    try await clock.sleep(for: .milliseconds(10))
  }
  return true
}
