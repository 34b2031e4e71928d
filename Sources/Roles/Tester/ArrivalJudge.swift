import Dataplane
import Tunnel
import Wire

/// Tells whether frames that have come out of a DUT are what they must be.
struct ArrivalJudge {
  private let plan: CasePlan
  private let frame: TestFrame
  private var checker: any TesterChecker
  /// Bytes of a frame with all that tells which one it is.
  private var least: Int { frame.patternOffset }

  /// - Parameter frame: as the tester writes it; it outlives the judge.
  init(_ plan: CasePlan, _ frame: TestFrame, _ checker: any TesterChecker) {
    (self.plan, self.frame, self.checker) = (plan, frame, checker)
  }

  /// Whether a frame is what a DUT had to make of one that was sent.
  /// - Parameters:
  ///   - bytes: how long sealed frames are that were sent to be opened.
  ///   - written: how many bytes of a frame to be sealed were written; nil for all.
  mutating func isRight(
    _ arrived: UnsafeMutableRawBufferPointer, isSeal: Bool, bytes: Int, written: Int? = nil
  ) -> Bool {
    // A sink leaves frames as they are; sealed ones it cannot open, and neither can their own sender.
    if plan.isSink {
      return isSeal ? isSent(UnsafeRawBufferPointer(arrived), written) : arrived.count == bytes
    }
    return isSeal ? isSealed(arrived, written) : isOpened(arrived)
  }

  /// Whether a frame has come back from the far end as the generator would accept it.
  /// - Parameter written: how many bytes of it were written; behind them may be anything.
  func isBack(_ arrived: UnsafeMutableRawBufferPointer, written: Int) -> Bool {
    guard let start = arrived.baseAddress, arrived.count >= least else { return false }
    let stamp = start.loadLittle(frame.stampOffset, as: UInt64.self)
    guard stamp > 0, arrived.count == frame.bytes(of: stamp) else { return false }
    let expected = UnsafeMutableRawPointer.allocate(byteCount: frame.bytes, alignment: 64)
    defer { expected.deallocate() }
    frame.write(to: expected, stamp: stamp, time: 0, flow: plan.flow(of: stamp))
    (start + written).copyMemory(from: expected + written, byteCount: arrived.count - written)
    return frame.judge(start, count: arrived.count) == .intact
  }

  /// Whether a frame opens, and is then what was sent to be sealed.
  private mutating func isSealed(_ arrived: UnsafeMutableRawBufferPointer, _ written: Int?) -> Bool {
    guard let inner = checker.open(arrived), inner.count >= least - Ethernet.headerBytes,
      let start = UnsafeMutableRawPointer(mutating: inner.baseAddress)
    else { return false }
    Self.undoHop(start)
    let bytes = inner.count + Ethernet.headerBytes
    return isSent(UnsafeRawBufferPointer(start: start - Ethernet.headerBytes, count: bytes), written)
  }

  /// Whether the packet within a frame is one that was sent to be sealed; before it may lie anything.
  private func isSent(_ arrived: UnsafeRawBufferPointer, _ written: Int?) -> Bool {
    guard let start = arrived.baseAddress, arrived.count >= least else { return false }
    let stamp = start.loadLittle(frame.stampOffset, as: UInt64.self)
    let bytes = frame.bytes(of: stamp)
    guard stamp > 0, arrived.count >= bytes else { return false }
    let written = written ?? bytes
    let expected = UnsafeMutableRawPointer.allocate(byteCount: frame.bytes, alignment: 64)
    defer { expected.deallocate() }
    frame.write(to: expected, stamp: stamp, time: 0, flow: plan.flow(of: stamp))
    let packet = UnsafeRawBufferPointer(start: expected, count: written)
    return packet[Ethernet.headerBytes...].elementsEqual(arrived[Ethernet.headerBytes..<written])
  }

  /// A gateway of somebody else may count as a hop, as a router does: one less to live, and the header's
  /// checksum right again.
  private static func undoHop(_ ip: UnsafeMutableRawPointer) {
    let hops = ip.load(fromByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    guard hops == IPv4.timeToLive - 1, Checksum.isValidHeader20(UnsafeRawPointer(ip)) else { return }
    ip.storeBytes(of: IPv4.timeToLive, toByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    ip.storeBig(UInt16(0), IPv4.checksumOffset)
    ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
  }

  /// Whether a frame is what the generator would accept.
  private func isOpened(_ arrived: UnsafeMutableRawBufferPointer) -> Bool {
    guard let start = arrived.baseAddress, arrived.count >= least else { return false }
    Self.undoHop(start + Ethernet.headerBytes)
    return frame.judge(start, count: arrived.count) == .intact
  }
}

extension CasePlan {
  /// The flow of the tester's frame with this stamp: probes have one that no other frame has.
  func flow(of stamp: UInt64) -> UInt16 {
    let flows = UInt64(axes.flows)
    return UInt16(truncatingIfNeeded: stamp > TestFrame.probeStamp ? flows : stamp % flows)
  }
}
