import Dataplane
import Testing

extension OnDPDK {
  @Suite struct PacketTests {
    @Test func boundsMoveWithinTheBuffer() throws {
      let frame = [UInt8](0..<200)
      try withPacket(frame) { packet in
        #expect(packet.isWhole)
        #expect(packet.count == 200)
        #expect(packet.headroom == PacketPool.headroomBytes)
        #expect(packet.headroom + packet.count + packet.tailroom == PacketPool.bufferBytes)

        packet.setFrame(start: packet.data + 50, count: 100)
        #expect(packet.frame == Array(frame[50..<150]))
        #expect(packet.headroom == PacketPool.headroomBytes + 50)
        #expect(packet.headroom + packet.count + packet.tailroom == PacketPool.bufferBytes)

        packet.setFrame(headroom: 0, count: PacketPool.bufferBytes)
        #expect(packet.headroom == 0 && packet.tailroom == 0)
      }
    }

    @Test func aPoolGivesAllOrNothing() throws {
      _ = try TestHost.shared()
      let count = PacketPoolLimits.least
      let pool = try PacketPool(name: "all or nothing", count: count)
      var bursts: [Burst] = []
      defer { bursts.forEach { $0.deallocate() } }
      for taken in stride(from: 0, to: count, by: 60) {
        let burst = Burst()
        bursts.append(burst)
        let left = count - taken
        if left < 60 {
          #expect(!pool.source.allocate(burst, count: left + 1))
          #expect(pool.inUse == taken)
        }
        #expect(pool.source.allocate(burst, count: min(60, left)))
        #expect(pool.inUse == min(taken + 60, count))
      }
      bursts[0].free(from: 0, to: 0)
      bursts[0].free(from: 10, to: 60)
      #expect(pool.inUse == count - 50)
      bursts[0].free(from: 0, to: 10)
      for burst in bursts.dropFirst().dropLast() { burst.free(from: 0, to: 60) }
      bursts[bursts.count - 1].free(from: 0, to: count % 60)
      #expect(pool.inUse == 0)
    }

    @Test func aPoolThatIsTooLargeIsRefused() throws {
      _ = try TestHost.shared()
      #expect { _ = try PacketPool(name: "too large", count: 50_000_000) } throws: { error in
        if case .memory(let what, _)? = error as? DataplaneError { what.contains("50000000") } else { false }
      }
    }
  }
}
