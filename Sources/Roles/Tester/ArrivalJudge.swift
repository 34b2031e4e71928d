import Dataplane
import Tunnel
import Wire

/// Tells whether the frames that come out of a DUT have the right content.
struct ArrivalJudge {
  private let plan: CasePlan
  private let frame: TestFrame
  private var checker: any TesterChecker
  /// The shortest frame that can be identified: one that reaches to the pattern.
  private var least: Int { frame.patternOffset }

  /// - Parameter frame: the tester's frame writer; it must outlive the judge.
  init(_ plan: CasePlan, _ frame: TestFrame, _ checker: any TesterChecker) {
    (self.plan, self.frame, self.checker) = (plan, frame, checker)
  }

  /// Whether an arrived frame is what a correct DUT makes of a frame that was sent.
  /// - Parameters:
  ///   - bytes: the length of the sealed frames that were sent to be opened.
  ///   - written: how many bytes of a frame to be sealed the tester wrote; nil for the whole frame.
  mutating func isRight(
    _ arrived: UnsafeMutableRawBufferPointer, isSeal: Bool, bytes: Int, written: Int? = nil
  ) -> Bool {
    // A sink returns frames unchanged. Of a sealed frame only the length is compared, for its sender cannot
    // open it.
    if plan.isSink {
      return isSeal ? isSent(UnsafeRawBufferPointer(arrived), written) : arrived.count == bytes
    }
    return isSeal ? isSealed(arrived, written) : isOpened(arrived)
  }

  /// Whether a frame has come back from a round trip as the generator would accept it.
  /// - Parameter written: how many bytes of it the tester wrote; the bytes behind them are not compared.
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

  /// Whether a sealed frame opens and contains a packet that was sent to be sealed.
  private mutating func isSealed(_ arrived: UnsafeMutableRawBufferPointer, _ written: Int?) -> Bool {
    guard let inner = checker.open(arrived), inner.count >= least - Ethernet.headerBytes,
      let start = UnsafeMutableRawPointer(mutating: inner.baseAddress)
    else { return false }
    Self.undoHop(start)
    let bytes = inner.count + Ethernet.headerBytes
    return isSent(UnsafeRawBufferPointer(start: start - Ethernet.headerBytes, count: bytes), written)
  }

  /// Whether a frame contains a packet that was sent to be sealed; its Ethernet header is not compared.
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

  /// Undoes the hop that a third-party gateway may count, as a router does: restores the time to live and the
  /// header checksum.
  private static func undoHop(_ ip: UnsafeMutableRawPointer) {
    let hops = ip.load(fromByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    guard hops == IPv4.timeToLive - 1, Checksum.isValidHeader20(UnsafeRawPointer(ip)) else { return }
    ip.storeBytes(of: IPv4.timeToLive, toByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    ip.storeBig(UInt16(0), IPv4.checksumOffset)
    ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
  }

  /// Whether an opened frame is what the generator would accept.
  private func isOpened(_ arrived: UnsafeMutableRawBufferPointer) -> Bool {
    guard let start = arrived.baseAddress, arrived.count >= least else { return false }
    Self.undoHop(start + Ethernet.headerBytes)
    return frame.judge(start, count: arrived.count) == .intact
  }
}

extension CasePlan {
  /// The flow of the tester's frame with this stamp; probes have a flow of their own.
  func flow(of stamp: UInt64) -> UInt16 {
    let flows = UInt64(axes.flows)
    return UInt16(truncatingIfNeeded: stamp > TestFrame.probeStamp ? flows : stamp % flows)
  }
}
