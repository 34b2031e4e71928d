import Testing
import Tunnel
import Wire

@Suite struct NullFormatTests {
  @Test func sealsToTheSameBytes() throws {
    var sealer = NullSealer()
    for count in [20, 46, 1500] {
      let inner = InnerPacket.make(count: count)
      let sealed = try sealer.sealed(inner)
      #expect(sealed == inner)
    }
  }

  @Test func opensWhatItsOwnLengthEnds() {
    var opener = NullOpener()
    let inner = InnerPacket.make(version: 6, count: 60)
    #expect(opener.opened(inner + [0, 0, 0]) == .inner(inner, version: 6))
  }

  @Test(
    arguments: [
      ("nothing", [], .innerLength),
      ("version 0", [UInt8](repeating: 0, count: 40), .innerVersion),
      ("version 5", [0x55] + InnerPacket.make(count: 40).dropFirst(), .innerVersion),
      ("a cut IPv4 packet", InnerPacket.make(count: 40).dropLast(), .innerLength),
      ("a cut IPv6 packet", InnerPacket.make(version: 6, count: 60).dropLast(), .innerLength),
      ("one byte of IPv4", [0x45], .innerLength),
      ("one byte of IPv6", [0x60], .innerLength),
    ] as [(String, [UInt8], DropReason)])
  func refuses(name: String, packet: [UInt8], reason: DropReason) {
    var opener = NullOpener()
    #expect(opener.opened(packet) == .refused(reason), "\(name)")
  }
}
