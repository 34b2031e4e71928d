import Basics
import Cases
import Crypto
import Glibc
import TestSupport
import Testing

@Suite struct AEADKeyArenaTests {
  static let pages: [PageArena.Pages] = [.huge, .small]

  @Test(arguments: AEADAlgorithm.allCases, pages)
  func keysAreThoseOfAEADKey(_ algorithm: AEADAlgorithm, _ pages: PageArena.Pages) throws {
    var random = SplitMix64(state: 4)
    let keys = (0..<7).map { _ in random.bytes(algorithm.keyBytes) }
    let arena = try AEADKeyArena(algorithm, count: keys.count, pages: pages)
    for (index, key) in keys.enumerated() { try arena.set(index, key) }
    let scratch = try AEADScratch()
    for (index, key) in keys.enumerated() {
      for count in Array(0...130) + [767, 768, 769, 1402, 1500] {
        let plaintext = random.bytes(count)
        let nonce = random.bytes(AEADAlgorithm.nonceBytes)
        let sealed = AEAD(arena, index, scratch: scratch).sealed(plaintext, nonce: nonce, additional: [1, 2])
        let expected = try withAEAD(algorithm, key: key) {
          $0.sealed(plaintext, nonce: nonce, additional: [1, 2])
        }
        #expect(sealed == expected, "key \(index), \(count) bytes")
        let other = AEAD(arena, (index + 1) % keys.count, scratch: scratch)
        #expect(other.opened(sealed, nonce: nonce, additional: [1, 2]) == nil)
      }
    }
  }

  /// What small packets need lies in as few lines as it can, and these are not the same in each key.
  @Test(arguments: AEADAlgorithm.allCases) func keysLieWithinLines(_ algorithm: AEADAlgorithm) throws {
    let arena = try AEADKeyArena(algorithm, count: 40)
    let starts = (0..<40).map { Int(bitPattern: arena.key($0)) }
    let step = AEADKeyArena.keyBytes(algorithm)
    #expect(step % 64 == 0 && step / 64 % 2 == 1)
    for (slot, start) in starts.enumerated() {
      #expect(start == starts[0] + slot * step)
      if algorithm != .chaCha20Poly1305 { #expect((start + AEADKey.memoryBytes) % 64 == 0) }
    }
    #expect(starts[0] % PageArena.hugePageBytes < 64)
    // The round keys of AES-128, and the four lowest powers of the hash key.
    if algorithm == .aes128GCM {
      #expect(starts[0] / 64 == (starts[0] + 11 * 16 - 1) / 64 - 2)
      let end = starts[0] + AEADKey.memoryBytes
      #expect((end - 64) / 64 == (end - 1) / 64)
    }
  }

  @Test(arguments: AEADAlgorithm.allCases) func takesKeysOfItsLengthOnly(_ algorithm: AEADAlgorithm) throws {
    let arena = try AEADKeyArena(algorithm, count: 1)
    for count in 0...64 where count != algorithm.keyBytes {
      #expect(throws: CryptoError.keyLength(algorithm: algorithm, bytes: count)) {
        try arena.set(0, [UInt8](repeating: 0, count: count))
      }
    }
  }

  @Test func refusesSlotsThatAreNotThere() async {
    await #expect(processExitsWith: .failure) {
      try AEADKeyArena(.aes128GCM, count: 2).set(2, .init(repeating: 1, count: 16))
    }
    await #expect(processExitsWith: .failure) {
      try AEADKeyArena(.aes128GCM, count: 2).set(-1, .init(repeating: 1, count: 16))
    }
  }
}

@Suite struct PageArenaTests {
  @Test(arguments: [1, 63, 4096, 4097, 2 << 20, (2 << 20) + 1, 11 << 20], AEADKeyArenaTests.pages)
  func isAlignedAndEmptyToItsLastByte(_ count: Int, _ pages: PageArena.Pages) throws {
    let arena = try PageArena(bytes: count, pages: pages)
    #expect(
      Int(bitPattern: arena.start) % (pages == .huge ? PageArena.hugePageBytes : Int(getpagesize())) == 0)
    #expect(arena.bytes == count)
    let all = UnsafeMutableRawBufferPointer(start: arena.start, count: count)
    #expect(all.allSatisfy { $0 == 0 })
    memset(arena.start, 0xA5, count)
    #expect(all[count - 1] == 0xA5)
  }

  /// Shared with a file, the memory's last state can be read when it has gone.
  @Test(arguments: AEADKeyArenaTests.pages) func isWipedAtTheEnd(_ pages: PageArena.Pages) throws {
    var path = Array("/tmp/vpebench-arena-XXXXXX".utf8CString)
    let file = mkstemp(&path)
    try #require(file >= 0)
    defer { close(file) }
    unlink(path)
    let mapped = 4 << 20
    try #require(ftruncate(file, mapped) == 0)
    let count = 5000
    func written() -> Int {
      var bytes = [UInt8](repeating: 0, count: mapped)
      #expect(pread(file, &bytes, mapped, 0) == mapped)
      return bytes.filter { $0 != 0 }.count
    }
    do {
      let arena = try PageArena(bytes: count, pages: pages, sharing: file)
      memset(arena.start, 0xA5, count)
      #expect(written() == count)
      withExtendedLifetime(arena) {}
    }
    #expect(written() == 0)
  }

  @Test func memoryThatIsNotThereIsAnError() {
    #expect(throws: CryptoError.memory(bytes: 1 << 50)) { try PageArena(bytes: 1 << 50) }
    #expect("\(CryptoError.memory(bytes: 7))".contains("7 bytes"))
  }
}
