import Testing
import Tunnel
import Wire

/// Threads mark numbers in windows of their own, and pay for no one else's.
@Suite struct WindowLinesTests {
  /// The lines that memory touches.
  static func lines(_ memory: UnsafeRawBufferPointer) -> ClosedRange<UInt> {
    let start = UInt(bitPattern: memory.baseAddress)
    return start / UInt(CacheLines.bytes)...(start + UInt(memory.count) - 1) / UInt(CacheLines.bytes)
  }

  private func expectApart(_ memories: [UnsafeRawBufferPointer]) {
    let sorted = memories.map(Self.lines).sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(sorted, sorted.dropFirst()) { #expect(one.upperBound < next.lowerBound) }
    #expect(memories.allSatisfy { UInt(bitPattern: $0.baseAddress) % UInt(CacheLines.bytes) == 0 })
  }

  @Test func windowsOfESPShareNoLine() {
    let windows = (0..<64).map { ReplayWindow(size: 64 + $0 * 37) }
    expectApart(windows.map(\.memory))
    windows.forEach { $0.deallocate() }
  }

  @Test func windowsOfVPEShareNoLineWithOtherThreads() {
    let threads = (0..<8).flatMap { owner in
      [64, 200, 1024].map { size in VPEWindows(count: 8, size: size) { Int($0) == owner } }
    }
    expectApart(threads.map(\.memory))
    threads.forEach { $0.deallocate() }
  }
}
