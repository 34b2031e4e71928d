import Crypto
import Testing

@Suite struct CryptoLibraryTests {
  @Test func thereIsOne() throws {
    #expect(try CryptoLibrary.shared() === CryptoLibrary.shared())
  }

  @Test func versionIsNumbers() {
    #expect(CryptoLibrary.version.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil, "\(CryptoLibrary.version)")
  }

  /// The linker may find another copy than the one whose header was compiled.
  @Test func theCodeIsThatOfTheHeader() {
    #expect(CryptoLibrary.isOfItsHeader, "linked is \(CryptoLibrary.version)")
  }

  @Test func itTellsWhereItIsFrom() {
    #expect(CryptoLibrary.origin.contains("libipsec-mb-dev "), "\(CryptoLibrary.origin)")
    #expect(CryptoLibrary.sha256.wholeMatch(of: /[0-9a-f]{64}/) != nil, "\(CryptoLibrary.sha256)")
  }

  @Test func architectureIsKnown() throws {
    #expect(["SSE", "AVX", "AVX2", "AVX512"].contains(try CryptoLibrary.shared().architecture))
  }
}
