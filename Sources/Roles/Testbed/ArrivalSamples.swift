import Dataplane

/// Copies of some of the frames that arrived, to be checked after the turn.
///
/// Plain memory: call `deallocate()` once.
struct ArrivalSamples {
  /// One of so many arrivals is kept.
  static let interval = 509
  static let slotBytes = 2048
  private static let room = 4096
  private let memory: UnsafeMutableRawPointer
  private let lengths: UnsafeMutablePointer<Int>
  private let kept: UnsafeMutablePointer<Int>

  init() {
    memory = .allocate(byteCount: Self.room * Self.slotBytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.room * Self.slotBytes)
    lengths = .allocate(capacity: Self.room)
    lengths.initialize(repeating: 0, count: Self.room)
    kept = .allocate(capacity: 1)
    kept.initialize(to: 0)
  }

  func deallocate() {
    memory.deallocate()
    lengths.deallocate()
    kept.deallocate()
  }

  /// How many are kept.
  var count: Int { kept.pointee }

  func clear() { kept.pointee = 0 }

  /// A kept frame.
  subscript(index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory + index * Self.slotBytes, count: lengths[index])
  }

  /// Keeps the next frame to be sampled, if it is in this burst.
  @inline(__always)
  func note(_ burst: Burst, count received: Int, arrived: Int) {
    let count = kept.pointee
    let next = count &* Self.interval
    guard next &- arrived < received, count < Self.room else { return }
    let packet = burst[next &- arrived]
    let bytes = packet.isWhole ? min(packet.count, Self.slotBytes) : 0
    (memory + count &* Self.slotBytes).copyMemory(from: packet.data, byteCount: bytes)
    lengths[count] = bytes
    kept.pointee = count &+ 1
  }
}
