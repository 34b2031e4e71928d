import TestSupport
import Wire

/// Packets that are to be cut: the first two bytes say how long a piece may be.
enum FragmentFuzzer {
  nonisolated(unsafe) private static let memory = GuardedMemory(count: 1 << 16)

  static func run(_ input: Input) {
    var input = input
    let room = 68 + Int(input.word()) % 1500
    let packet = Array(input.rest)
    guard (IPv6.headerBytes..<memory.count).contains(packet.count) else { return }
    let at = memory.put(packet)
    let cut = CutPacket(at, count: packet.count, room: room, identification: 7)
    guard cut.reason == .none else { return }
    must((1...Fragmentation.most).contains(cut.pieces), "\(cut.pieces) pieces")
    var data: [UInt8] = []
    for index in 0..<cut.pieces {
      let count = cut.headerBytes + cut.count(index)
      must(count <= room, "a piece of \(count) bytes")
      let piece = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 1)
      defer { piece.deallocate() }
      cut.writeHeader(of: index, to: piece)
      (piece + cut.headerBytes).copyMemory(from: at + cut.offset(index), byteCount: cut.count(index))
      let isIPv6 = packet[0] >> 4 == 6
      let length =
        isIPv6 ? IPv6.packetLength(piece, count: count) : IPv4.packetLength(piece, count: count)
      must(length == count, "a piece whose length is another")
      if !isIPv6 { must(Checksum.isValidHeader20(piece), "a piece with a wrong checksum") }
      data += bytes(at: at + cut.offset(index), cut.count(index))
    }
    must(data == Array(packet[cut.offset(0)...]), "pieces of another packet")
  }
}
