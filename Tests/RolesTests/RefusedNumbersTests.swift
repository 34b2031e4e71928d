import Crypto
import Dataplane
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Numbers that another thread has given: a packet that is refused takes its own along.
  @Suite struct RefusedNumbersTests {
    @Test func theNextPacketDoesNotGetTheNumber() throws {
      let good = naiveEthernet(.generator, GatewayTransformsTests.inner(60))
      var foreign = good
      foreign[12] = 0x12
      let keys = TestKeys(seed: 9, .aToB, algorithm: .aes128GCM, usesESN: true, windows: 1)
      let key = try AEADKey(.aes128GCM, bytes: keys.key)
      let scratch = try AEADScratch()
      try withGivenNumbers { cursor, taken in
        try withExtendedLifetime((key, scratch)) {
          let sealer = ESPNumberedSealer(keys.esp, aead: AEAD(key, scratch: scratch), cursor: cursor)
          let (outer, _) = GatewayTransformsTests.outer(IPv4.protocolESP, udpPort: nil)
          var seal = Seal(sealer: sealer, outer: outer)
          var sent: [UInt32] = []
          for (frame, reason) in [
            (foreign, DropReason.notIP), (good, .none), (Array(good.prefix(30)), .tooShort), (good, .none),
          ] {
            try withPacket(frame) { packet in
              #expect(seal.apply(packet) == reason)
              if reason == .none {
                sent.append((packet.data + outer.bytes).loadBig(ESPLayout.sequenceOffset))
              }
            }
          }
          #expect(sent == [11, 13] && taken() == 4)
        }
      }
    }
  }
}
