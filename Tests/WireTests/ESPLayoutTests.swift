import Testing
import Wire

@Suite struct ESPLayoutTests {
  /// RFC 4303 section 2.4: the least padding that ends pad length and next header on a 4-byte boundary.
  @Test func padding() {
    for inner in 0...1500 {
      let least = (0...3).first { (inner + $0 + ESPLayout.trailerBytes) % ESPLayout.alignmentBytes == 0 }
      #expect(ESPLayout.padBytes(inner: inner) == least)
    }
  }

  /// Header 16, trailer 2 and padding, ICV 16: 34 to 37 bytes.
  @Test(arguments: [
    (20, 56), (21, 56), (22, 56), (23, 60), (40, 76), (46, 80), (1400, 1436), (1499, 1536), (1500, 1536),
  ])
  func sealedBytes(inner: Int, sealed: Int) {
    #expect(ESPLayout.sealedBytes(inner: inner) == sealed)
  }

  @Test func overheadIs34BytesAndPadding() {
    for inner in 0...1500 {
      let overhead = ESPLayout.sealedBytes(inner: inner) - inner
      #expect(overhead == 34 + ESPLayout.padBytes(inner: inner))
    }
  }

  @Test func fieldsFollowOneAnother() {
    #expect(ESPLayout.spiOffset == 0)
    #expect(ESPLayout.sequenceOffset == ESPLayout.spiOffset + 4)
    #expect(ESPLayout.ivOffset == ESPLayout.sequenceOffset + 4)
    #expect(ESPLayout.headerBytes == ESPLayout.ivOffset + 8)
    #expect(ESPLayout.icvBytes == 16)
  }
}
