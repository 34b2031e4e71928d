import Dataplane

/// Copies of some of the frames that arrived, to be looked into when the turn is over.
final class ArrivalSamples {
  /// Every so many arrivals one is kept.
  static let interval = 509
  static let slotBytes = 2048
  let room: Int
  private let memory: UnsafeMutableRawPointer
  private let lengths: UnsafeMutablePointer<Int>
  /// How many are kept.
  private(set) var count = 0

  init(room: Int = 4096) {
    self.room = room
    memory = .allocate(byteCount: room * Self.slotBytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: room * Self.slotBytes)
    lengths = .allocate(capacity: room)
    lengths.initialize(repeating: 0, count: room)
  }

  deinit {
    memory.deallocate()
    lengths.deallocate()
  }

  func clear() { count = 0 }

  /// A kept frame.
  subscript(index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory + index * Self.slotBytes, count: lengths[index])
  }

  /// Keeps the frame of a burst that is the next in turn, if it is in this one.
  @inline(__always)
  func note(_ burst: Burst, count received: Int, arrived: Int) {
    let next = count &* Self.interval
    guard next &- arrived < received, count < room else { return }
    let packet = burst[next &- arrived]
    let bytes = packet.isWhole ? min(packet.count, Self.slotBytes) : 0
    (memory + count &* Self.slotBytes).copyMemory(from: packet.data, byteCount: bytes)
    lengths[count] = bytes
    count &+= 1
  }
}
