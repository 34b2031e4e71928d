import Dataplane
import Wire

/// Cuts frames whose IP packet is too long for a path. The first fragment stays in its buffer; each other one
/// is copied into a buffer of its own, with its own headers. Plain memory without an owner: call
/// `deallocate()` once.
package struct FrameCutter {
  private let source: PacketSource
  /// Bytes of the longest IP packet that is not cut.
  private let room: Int
  private let fresh = Burst()

  package init(_ source: PacketSource, room: Int) { (self.source, self.room) = (source, room) }

  func deallocate() { fresh.deallocate() }

  /// Whether a frame is short enough to go on unchanged, whatever its content.
  @inline(__always)
  func takes(_ frame: Packet) -> Bool { frame.count &- Ethernet.headerBytes <= room }

  /// Computes where the IP packet of `count` bytes in a frame is cut.
  @inline(__always)
  func cut(_ frame: Packet, count: Int, identification: UInt32) -> CutPacket {
    CutPacket(frame.data + Ethernet.headerBytes, count: count, room: room, identification: identification)
  }

  /// Puts the fragments of a frame into `burst` from `first` on.
  /// - Returns: `.none`, or the reason why the frame was not cut; it is unchanged then.
  @inline(__always)
  func put(_ frame: Packet, _ cut: CutPacket, into burst: Burst, at first: Int) -> DropReason {
    // An IPv6 header grows by the fragment header.
    let more = cut.headerBytes &- cut.offset(0)
    guard frame.headroom >= more, source.allocate(fresh, count: cut.pieces &- 1) else { return .noRoom }
    let data = frame.data
    let packet = data + Ethernet.headerBytes
    burst[first] = frame
    var index = 1
    while index < cut.pieces {
      let (piece, count) = (fresh[index &- 1], cut.count(index))
      piece.setFrame(
        headroom: frame.headroom, count: Ethernet.headerBytes &+ cut.headerBytes &+ count)
      let own = piece.data + Ethernet.headerBytes
      piece.data.copyMemory(from: data, byteCount: Ethernet.headerBytes)
      cut.writeHeader(of: index, to: own)
      (own + cut.headerBytes).copyMemory(from: packet + cut.offset(index), byteCount: count)
      burst[first &+ index] = piece
      index &+= 1
    }
    let start = data - more
    start.copyMemory(from: data, byteCount: Ethernet.headerBytes)
    cut.writeHeader(of: 0, to: start + Ethernet.headerBytes)
    frame.setFrame(start: start, count: Ethernet.headerBytes &+ cut.headerBytes &+ cut.count(0))
    return .none
  }
}

/// The input of a sealing stage that cuts inner IPv4 packets into fragments that fit the path once they are
/// sealed (RFC 4301 section 8.1). A packet that must not be cut is dropped; no ICMP message is sent.
package struct CuttingInput<Input: BurstInput>: BurstInput {
  private var input: BufferedInput<Input>
  private let cutter: FrameCutter
  private let pieces: StageCounters
  private let made: StageCounters

  /// - Parameters:
  ///   - pieces: counts the frames passed on, and the drops.
  ///   - made: counts the fragments beyond one for each frame.
  package init(_ input: Input, _ cutter: FrameCutter, pieces: StageCounters, made: StageCounters) {
    (self.input, self.cutter, self.pieces, self.made) = (BufferedInput(input), cutter, pieces, made)
  }

  /// Returns a full burst if enough frames wait and none is dropped. All fragments of a frame are in one
  /// burst.
  @inline(__always)
  package mutating func receive(_ burst: Burst) -> Int {
    var (count, more, dropped) = (0, 0, 0)
    while count < Burst.capacity, dropped < Burst.capacity, input.fill(prefetching: true) {
      let frame = input.next
      let length = cutter.takes(frame) ? 0 : Self.length(frame)
      guard length > 0 else {
        // The next stage drops a frame without an IP packet.
        burst[count] = frame
        count &+= 1
        input.advance()
        continue
      }
      let cut = cutter.cut(frame, count: length, identification: 0)
      var reason = Self.isIPv6(frame) ? DropReason.dontFragment : cut.reason
      if reason == .none {
        if count &+ cut.pieces > Burst.capacity { break }
        reason = cutter.put(frame, cut, into: burst, at: count)
      }
      input.advance()
      if reason == .none {
        count &+= cut.pieces
        more &+= cut.pieces &- 1
      } else {
        frame.free()
        pieces.drop(reason.rawValue)
        dropped &+= 1
      }
    }
    if count &+ dropped > 0 { pieces.count(received: count &+ dropped, transmitted: count) }
    if more > 0 { made.count(received: more, transmitted: more) }
    return count
  }

  /// Bytes of the IP packet in a frame, 0 for none.
  @inline(__always)
  private static func length(_ frame: Packet) -> Int {
    let (length, reason) = IPFrame.check(frame)
    return reason == .none ? length : 0
  }

  @inline(__always)
  private static func isIPv6(_ frame: Packet) -> Bool {
    (frame.data + Ethernet.headerBytes).load(as: UInt8.self) >> 4 == 6
  }

  package func deallocate() {
    cutter.deallocate()
    input.deallocate()
  }
}

/// The output of a sealing stage that cuts outer packets into fragments that fit the path (RFC 4303 section
/// 3.3.4); the receiver reassembles them. Plain memory without an owner: call `deallocate()` once.
package struct CuttingOutput<Output: BurstOutput>: BurstOutput {
  private let output: Output
  private let cutter: FrameCutter
  private let pieces: StageCounters
  private let made: StageCounters
  private let out = Burst()
  /// Packets that were cut.
  private let count: UnsafeMutablePointer<UInt32>
  /// How many low bits of an identification hold the thread's number.
  private let threadBits: UInt32
  private let thread: UInt32

  /// - Parameters:
  ///   - index: the thread's number among the `threads` threads that cut packets for one receiver.
  ///   - pieces: counts the frames passed on, and the drops.
  ///   - made: counts the fragments beyond one for each frame.
  package init(
    _ output: Output, _ cutter: FrameCutter, thread index: Int, of threads: Int, pieces: StageCounters,
    made: StageCounters
  ) {
    (self.output, self.cutter, self.pieces, self.made) = (output, cutter, pieces, made)
    thread = UInt32(index)
    threadBits = UInt32(Int.bitWidth - (threads - 1).leadingZeroBitCount)
    count = .allocateLines(1)
    count.initialize(to: 0)
  }

  /// Takes all packets, and drops those for which there is no room. The fragments of a packet go together.
  @inline(__always)
  package func transmit(_ burst: Burst, count: Int) -> Int {
    var (filled, more) = (0, 0)
    var index = 0
    while index < count {
      let frame = burst[index]
      index &+= 1
      guard !cutter.takes(frame) else {
        if filled == Burst.capacity { filled = flush(filled) }
        out[filled] = frame
        filled &+= 1
        continue
      }
      let cut = cut(frame)
      var reason = cut.reason
      if reason == .none {
        if filled &+ cut.pieces > Burst.capacity { filled = flush(filled) }
        reason = cutter.put(frame, cut, into: out, at: filled)
      }
      if reason == .none {
        filled &+= cut.pieces
        more &+= cut.pieces &- 1
      } else {
        frame.free()
        pieces.count(received: 1, transmitted: 0)
        pieces.drop(reason.rawValue)
      }
    }
    filled = flush(filled)
    if more > 0 { made.count(received: more, transmitted: more) }
    return count
  }

  @inline(__always)
  private func cut(_ frame: Packet) -> CutPacket {
    let packet = frame.data + Ethernet.headerBytes
    count.pointee &+= 1
    let number = count.pointee &<< threadBits | thread
    // Only the outer header changes, which this gateway has written.
    if packet.load(as: UInt8.self) >> 4 == 4 {
      IPv4.letCut(packet, identification: UInt16(truncatingIfNeeded: number))
    }
    return cutter.cut(frame, count: frame.count &- Ethernet.headerBytes, identification: number)
  }

  /// Transmits the first `count` packets of `out`.
  /// - Returns: 0, the number of packets in `out` afterwards.
  @inline(__always)
  private func flush(_ count: Int) -> Int {
    guard count > 0 else { return 0 }
    let sent = output.transmit(out, count: count)
    if sent < count {
      out.free(from: sent, to: count)
      pieces.drop(DropReason.queueFull.rawValue, count &- sent)
    }
    pieces.count(received: count, transmitted: sent)
    return 0
  }

  package func deallocate() {
    out.deallocate()
    cutter.deallocate()
    count.deallocate()
  }
}
