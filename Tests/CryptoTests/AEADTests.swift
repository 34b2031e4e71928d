import Basics
import Cases
import Crypto
import Dispatch
import TestSupport
import Testing

@Suite struct AEADTests {
  @Test(arguments: AEADVector.published)
  func publishedVector(_ vector: AEADVector) throws {
    try withAEAD(vector.algorithm, key: bytes(vector.key)) { aead in
      let plaintext = bytes(vector.plaintext)
      let sealed = bytes(vector.sealed)
      let nonce = bytes(vector.nonce)
      let additional = bytes(vector.additional)
      #expect(aead.sealed(plaintext, nonce: nonce, additional: additional).hex() == sealed.hex())
      #expect(aead.opened(sealed, nonce: nonce, additional: additional) == plaintext)
    }
  }

  // MARK: Refusal

  /// Every bit of the tag, the nonce and the additional data, and of the ciphertext up to 300 bytes.
  @Test(arguments: AEADAlgorithm.allCases, [0, 1, 15, 16, 17, 64, 300])
  func openRefusesEachFlippedBit(algorithm: AEADAlgorithm, count: Int) throws {
    var generator = SplitMix64(state: UInt64(count))
    let plaintext = generator.bytes(count)
    try withAEAD(algorithm, key: generator.bytes(algorithm.keyBytes)) { aead in
      for additionalCount in [0, 8, 12] {
        let nonce = generator.bytes(AEADAlgorithm.nonceBytes)
        let additional = generator.bytes(additionalCount)
        let sealed = aead.sealed(plaintext, nonce: nonce, additional: additional)
        for bit in 0..<sealed.count * 8 where aead.opens(sealed.flipping(bit), nonce, additional) {
          Issue.record("opened with bit \(bit) of ciphertext and tag flipped")
        }
        for bit in 0..<nonce.count * 8 where aead.opens(sealed, nonce.flipping(bit), additional) {
          Issue.record("opened with bit \(bit) of the nonce flipped")
        }
        for bit in 0..<additionalCount * 8 where aead.opens(sealed, nonce, additional.flipping(bit)) {
          Issue.record("opened with bit \(bit) of the additional data flipped")
        }
        #expect(aead.opened(sealed, nonce: nonce, additional: additional) == plaintext)
      }
    }
  }

  @Test(arguments: AEADAlgorithm.allCases)
  func openRefusesOtherLengths(algorithm: AEADAlgorithm) throws {
    var generator = SplitMix64(state: 7)
    let nonce = generator.bytes(AEADAlgorithm.nonceBytes)
    let additional = generator.bytes(12)
    try withAEAD(algorithm, key: generator.bytes(algorithm.keyBytes)) { aead in
      let sealed = aead.sealed(generator.bytes(100), nonce: nonce, additional: additional)
      let tag = sealed.suffix(AEADAlgorithm.tagBytes)
      for count in 0..<100 where aead.opens(Array(sealed[..<count] + tag), nonce, additional) {
        Issue.record("opened with the ciphertext cut to \(count) bytes")
      }
      for count in 0..<12 where aead.opens(sealed, nonce, Array(additional.prefix(count))) {
        Issue.record("opened with the additional data cut to \(count) bytes")
      }
      #expect(!aead.opens(sealed[..<100] + [0] + tag, nonce, additional))
      #expect(!aead.opens(sealed, nonce, additional + [0]))
    }
  }

  @Test(arguments: AEADAlgorithm.allCases)
  func openRefusesAnotherKey(algorithm: AEADAlgorithm) throws {
    var generator = SplitMix64(state: 11)
    let key = generator.bytes(algorithm.keyBytes)
    let nonce = generator.bytes(AEADAlgorithm.nonceBytes)
    let sealed = try withAEAD(algorithm, key: key) { $0.sealed([1, 2, 3], nonce: nonce) }
    for bit in 0..<key.count * 8 {
      try withAEAD(algorithm, key: key.flipping(bit)) { other in
        #expect(!other.opens(sealed, nonce, []), "bit \(bit) of the key")
        #expect(other.sealed([1, 2, 3], nonce: nonce) != sealed, "bit \(bit) of the key")
      }
    }
  }

  // MARK: Memory

  /// Data, nonce, additional data and tag each lie before a page that must not be touched, or behind one.
  @Test(arguments: AEADAlgorithm.allCases, [false, true])
  func touchesNothingOutside(algorithm: AEADAlgorithm, atStart: Bool) throws {
    let data = GuardedMemory(count: 1600)
    let tag = GuardedMemory(count: AEADAlgorithm.tagBytes)
    let nonceMemory = GuardedMemory(count: AEADAlgorithm.nonceBytes)
    let additionalMemory = GuardedMemory(count: 12)
    var generator = SplitMix64(state: 13)
    try withAEAD(algorithm, key: generator.bytes(algorithm.keyBytes)) { aead in
      for count in 0...1600 {
        let additionalCount = [0, 8, 12][count % 3]
        let plaintext = generator.bytes(count)
        let nonce = nonceMemory.put(generator.bytes(AEADAlgorithm.nonceBytes), atStart: atStart)
        let additional = additionalMemory.put(generator.bytes(additionalCount), atStart: atStart)
        data.fill(seed: UInt64(count))
        tag.fill(seed: UInt64(count))
        let at = data.put(plaintext, atStart: atStart)
        let tagAt = tag.put(generator.bytes(AEADAlgorithm.tagBytes), atStart: atStart)
        let before = data.contents
        let tagBefore = tag.contents

        aead.seal(
          at, count: count, nonce: nonce, additional: additional, additionalCount: additionalCount,
          tag: tagAt)
        let fits = aead.open(
          at, count: count, nonce: nonce, additional: additional, additionalCount: additionalCount,
          tag: tagAt)

        guard fits, bytes(at: at, count) == plaintext else {
          Issue.record("\(count) bytes do not come back")
          return
        }
        if let offset = data.firstChange(since: before, outside: at..<at + count) {
          Issue.record("\(count) bytes of data: wrote at \(offset)")
        }
        let tagEnd = tagAt + AEADAlgorithm.tagBytes
        if let offset = tag.firstChange(since: tagBefore, outside: tagAt..<tagEnd) {
          Issue.record("\(count) bytes of data: wrote at \(offset) beside the tag")
        }
      }
    }
  }

  // MARK: Independence

  /// One key, four threads with a scratch each, all sealing other messages at once.
  @Test(arguments: AEADAlgorithm.allCases)
  func threadsShareAKeyButNoScratch(algorithm: AEADAlgorithm) throws {
    let rounds = 500
    var generator = SplitMix64(state: 17)
    let key = try AEADKey(algorithm, bytes: generator.bytes(algorithm.keyBytes))
    let messages = (0..<4).map { _ in generator.bytes(1000) }
    let nonces = (0..<4).map { _ in generator.bytes(AEADAlgorithm.nonceBytes) }
    let scratches = try (0..<5).map { _ in try AEADScratch() }
    let alone = AEAD(key, scratch: scratches[4])
    let expected = zip(messages, nonces).map { alone.sealed($0, nonce: $1) }

    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      let aead = AEAD(key, scratch: scratches[thread])
      for round in 0..<rounds {
        let sealed = aead.sealed(messages[thread], nonce: nonces[thread])
        let opened = aead.opened(sealed, nonce: nonces[thread])
        if sealed != expected[thread] || opened != messages[thread] {
          Issue.record("thread \(thread), round \(round)")
          return
        }
      }
    }
    withExtendedLifetime((key, scratches)) {}
  }

  /// A thread has one scratch for all its keys, whatever their algorithms.
  @Test func keysShareAScratch() throws {
    var generator = SplitMix64(state: 19)
    let keys = try (AEADAlgorithm.allCases + AEADAlgorithm.allCases).map {
      try AEADKey($0, bytes: generator.bytes($0.keyBytes))
    }
    let shared = try AEADScratch()
    for round in 0..<50 {
      let key = keys[Int.random(in: keys.indices, using: &generator)]
      let message = generator.bytes(round)
      let nonce = generator.bytes(AEADAlgorithm.nonceBytes)
      let own = try AEADScratch()
      let sealed = AEAD(key, scratch: shared).sealed(message, nonce: nonce)
      #expect(sealed == AEAD(key, scratch: own).sealed(message, nonce: nonce))
      withExtendedLifetime(own) {}
    }
    withExtendedLifetime((keys, shared)) {}
  }
}

extension AEAD {
  fileprivate func opens(_ sealed: [UInt8], _ nonce: [UInt8], _ additional: [UInt8]) -> Bool {
    opened(sealed, nonce: nonce, additional: additional) != nil
  }
}

extension [UInt8] {
  fileprivate func flipping(_ bit: Int) -> [UInt8] {
    var bytes = self
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
  }
}
