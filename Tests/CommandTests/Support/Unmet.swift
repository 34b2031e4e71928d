/// Why a test cannot continue, as a sentence.
struct Unmet: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Tests `condition` repeatedly until it holds, or until a limit that is long enough for any machine.
/// - Returns: whether the condition holds.
func eventually(within seconds: Double = 180, _ condition: () throws -> Bool) async throws -> Bool {
  let clock = ContinuousClock()
  let limit = clock.now + .seconds(seconds)
  while try !condition() {
    if clock.now > limit { return false }
    try await clock.sleep(for: .milliseconds(10))
  }
  return true
}
