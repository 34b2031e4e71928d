import Wire

/// Which of the numbers 1, 2, 3, … have come back: tells a first copy from later ones.
///
/// It remembers the last `capacity` numbers up to the highest seen. It is the generator's independent check
/// of the gateways, and so shares no code with their replay windows.
package struct ArrivalLog {
  /// Numbers remembered: more than a millisecond at 100 Gbit/s.
  package static let capacity: UInt64 = 1 << 18

  package enum Verdict { case first, again, tooLate }

  package private(set) var highest: UInt64 = 0
  private let bits: UnsafeMutablePointer<UInt64>

  package init() {
    bits = .allocateLines(Int(Self.capacity / 64))
    bits.initialize(repeating: 0, count: Int(Self.capacity / 64))
  }

  package func deallocate() { bits.deallocate() }

  @inline(__always)
  package mutating func note(_ number: UInt64) -> Verdict {
    if number > highest {
      // None of the numbers between the old and the new highest has come yet.
      var next = highest &+ 1
      if number &- highest >= Self.capacity { next = number &- Self.capacity &+ 1 }
      while next <= number {
        let slot = Int(truncatingIfNeeded: next % Self.capacity)
        if slot & 63 == 0, next &+ 63 <= number {
          bits[slot >> 6] = 0
          next &+= 64
        } else {
          bits[slot >> 6] &= ~(1 &<< UInt64(slot & 63))
          next &+= 1
        }
      }
      highest = number
    } else if highest &- number >= Self.capacity {
      return .tooLate
    }
    let slot = Int(truncatingIfNeeded: number % Self.capacity)
    let bit: UInt64 = 1 &<< UInt64(slot & 63)
    let seen = bits[slot >> 6]
    bits[slot >> 6] = seen | bit
    return seen & bit == 0 ? .first : .again
  }
}
