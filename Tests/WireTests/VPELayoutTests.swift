import Testing
import Wire

@Suite struct VPELayoutTests {
  @Test(arguments: [(20, 52), (40, 72), (46, 78), (1400, 1432), (1499, 1531), (1500, 1532)])
  func sealedBytes(inner: Int, sealed: Int) {
    #expect(VPELayout.sealedBytes(inner: inner) == sealed)
  }

  @Test func overheadIs32Bytes() {
    for inner in 0...1500 { #expect(VPELayout.sealedBytes(inner: inner) - inner == 32) }
  }

  /// Paper, Figure 3.
  @Test func fieldsFollowOneAnother() {
    #expect(VPELayout.senderOffset == 0)
    #expect(VPELayout.windowOffset == VPELayout.senderOffset + 2)
    #expect(VPELayout.sequenceOffset == VPELayout.windowOffset + 2)
    #expect(VPELayout.spiOffset == VPELayout.sequenceOffset + 8)
    #expect(VPELayout.icvOffset == VPELayout.spiOffset + 4)
    #expect(VPELayout.headerBytes == VPELayout.icvOffset + VPELayout.icvBytes)
    #expect(VPELayout.icvBytes == 16)
  }
}
