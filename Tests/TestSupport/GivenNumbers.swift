/// Calls `body` with a cursor at numbers 10 to 13, as another thread hands them to who seals, and with how
/// many of them it has passed.
package func withGivenNumbers<Result>(
  _ body: (
    _ cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>, _ taken: () -> Int
  ) throws -> Result
) rethrows -> Result {
  let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: 4)
  numbers.initialize(from: [10, 11, 12, 13], count: 4)
  let cursor = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: 1)
  cursor.initialize(to: numbers)
  defer {
    numbers.deallocate()
    cursor.deallocate()
  }
  return try body(cursor) { cursor.pointee - UnsafePointer(numbers) }
}
