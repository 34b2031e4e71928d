import Crypto
import Testing

@Suite struct CryptoLibraryTests {
  @Test func thereIsOne() throws {
    #expect(try CryptoLibrary.shared() === CryptoLibrary.shared())
  }

  @Test func versionIsNumbers() {
    #expect(CryptoLibrary.version.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil, "\(CryptoLibrary.version)")
  }

  @Test func architectureIsKnown() throws {
    #expect(["SSE", "AVX", "AVX2", "AVX512"].contains(try CryptoLibrary.shared().architecture))
  }
}
