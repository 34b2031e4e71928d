import Dataplane
import Testing

/// Packets that a test puts into and takes out of rings.
final class TestPackets {
  let pool: PacketPool
  let burst = Burst()

  init(_ name: String, count: Int = 4096) throws {
    _ = try TestHost.shared()
    pool = try PacketPool(name: name, count: count)
  }

  deinit { burst.deallocate() }

  /// Puts up to a burst of frames; what finds no room is freed.
  @discardableResult
  func put(_ frames: [[UInt8]], _ output: some BurstOutput) throws -> Int {
    try #require(pool.source.allocate(burst, count: frames.count))
    for (index, frame) in frames.enumerated() { burst[index].put(frame) }
    let taken = output.transmit(burst, count: frames.count)
    burst.free(from: taken, to: frames.count)
    return taken
  }

  /// Takes a burst and gives its packets back.
  func take(_ input: inout some BurstInput) -> [[UInt8]] {
    let count = input.receive(burst)
    defer { burst.free(from: 0, to: count) }
    return (0..<count).map { burst[$0].frame }
  }

  /// Takes a burst with its numbers and gives its packets back.
  func take(numbered input: NumberedInput) -> [(frame: [UInt8], number: UInt64)] {
    let count = input.receive(burst)
    defer { burst.free(from: 0, to: count) }
    return (0..<count).map { (burst[$0].frame, input.cursor.pointee[$0]) }
  }
}

/// Frames of eight bytes that carry `numbers`.
func marked(_ numbers: Range<Int>) -> [[UInt8]] { numbers.map { big(UInt64($0), 8) } }
