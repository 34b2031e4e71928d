import Dataplane
import Testing

@Suite struct SharedFlagTests {
  @Test func isWhatItWasSetTo() {
    var flag: UInt64 = 0
    #expect(!SharedFlag.isSet(&flag))
    SharedFlag.set(&flag, true)
    #expect(SharedFlag.isSet(&flag))
    SharedFlag.set(&flag, false)
    #expect(!SharedFlag.isSet(&flag))
  }

  @Test func aCounterIsReadAsItIs() {
    var counter: UInt64 = .max - 1
    #expect(SharedFlag.read(&counter) == UInt64.max - 1)
  }
}
