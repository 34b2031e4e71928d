import Cases
import Crypto
import Testing

@Suite struct AEADAlgorithmTests {
  @Test(arguments: [
    (AEADAlgorithm.aes128GCM, "aes-128-gcm", 16), (.aes192GCM, "aes-192-gcm", 24),
    (.aes256GCM, "aes-256-gcm", 32), (.chaCha20Poly1305, "chacha20-poly1305", 32),
  ])
  func namesAndKeys(algorithm: AEADAlgorithm, name: String, keyBytes: Int) {
    #expect(algorithm.rawValue == name)
    #expect(AEADAlgorithm(rawValue: name) == algorithm)
    #expect(algorithm.keyBytes == keyBytes)
  }

  @Test func nonceAndTag() {
    #expect(AEADAlgorithm.nonceBytes == 12)
    #expect(AEADAlgorithm.tagBytes == 16)
  }

  @Test(arguments: [
    (
      CryptoError.keyLength(algorithm: .aes128GCM, bytes: 20),
      "a key for aes-128-gcm has 16 bytes, not 20"
    ),
    (
      .keyLength(algorithm: .chaCha20Poly1305, bytes: 0),
      "a key for chacha20-poly1305 has 32 bytes, not 0"
    ),
    (
      .library,
      "intel-ipsec-mb cannot start on this machine: it needs an x86-64 CPU with SSE4.2 and some memory; "
        + "`vpebench check` shows what this one offers"
    ),
  ])
  func errorsSayWhatToDo(error: CryptoError, sentence: String) {
    #expect("\(error)" == sentence)
  }
}
