import Cases
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

  fileprivate static func expectApart(_ memories: [UnsafeRawBufferPointer]) {
    let sorted = memories.map(Self.lines).sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(sorted, sorted.dropFirst()) { #expect(one.upperBound < next.lowerBound) }
    #expect(memories.allSatisfy { UInt(bitPattern: $0.baseAddress) % UInt(CacheLines.bytes) == 0 })
  }

  @Test func windowsOfESPShareNoLine() {
    let windows = (0..<64).map { ReplayWindow(size: 64 + $0 * 37) }
    Self.expectApart(windows.map(\.memory))
    windows.forEach { $0.deallocate() }
  }

  @Test func windowsOfVPEShareNoLineWithOtherThreads() {
    let threads = (0..<8).flatMap { owner in
      [64, 200, 1024].map { size in VPEWindows(count: 8, size: size) { Int($0) == owner } }
    }
    Self.expectApart(threads.map(\.memory))
    threads.forEach { $0.deallocate() }
  }

  /// One that threads share has its highest number on a line of its own: it changes with every burst.
  @Test func aSharedWindowsHighestNumberHasALineOfItsOwn() {
    let windows = (0..<16).map { SharedReplayWindow(size: 64 + $0 * 37) }
    Self.expectApart(windows.flatMap(\.memory))
    windows.forEach { $0.deallocate() }
  }

  /// Every system with windows, in its format, as a gateway's opening threads have them. That an opener
  /// writes nowhere else, `EveryFormatTests` see to.
  @Test(arguments: System.allCases.filter { $0.hasReplayWindow && $0.format != nil })
  func threadsShareNoLine(system: System) throws {
    try #require(system.format).visit(Windows())
  }

  private struct Windows: FormatVisitor {
    typealias Failure = Never

    func visit<Format: TunnelFormat>(_ format: Format.Type) {
      let threads = 8
      let ownerships = [64, 200, 1024].flatMap { size in
        (0..<threads).map { thread in
          WindowOwnership(count: format.windowEnd > 0 ? 2 * threads : 1, size: size) {
            Format.windowEnd == 0 || Int($0) % threads == thread
          }
        }
      }
      let memories = ownerships.map {
        UnsafeRawBufferPointer(
          start: UnsafeMutableRawPointer.allocateLines(format.windowBytes($0)), count: format.windowBytes($0))
      }
      #expect(memories.allSatisfy { $0.count >= 8 }, "\(format.name)")
      WindowLinesTests.expectApart(memories)
      memories.forEach { $0.deallocate() }
      ownerships.forEach { $0.deallocate() }
    }
  }
}
