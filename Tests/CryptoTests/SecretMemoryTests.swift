import Cases
import Crypto
import TestSupport
import Testing

/// Whatever held a key is zero when it is given back.
@Suite struct SecretMemoryTests {
  /// What was left of the memory; nil as long as it has not been given back.
  private final class Remains { var bytes: [UInt8]? }

  private static func watch(_ memory: SecretMemory) -> Remains {
    let remains = Remains()
    memory.onRelease = { remains.bytes = [UInt8]($0) }
    return remains
  }

  private static func isZero(_ remains: Remains, _ count: Int) -> Bool {
    remains.bytes == [UInt8](repeating: 0, count: count)
  }

  private static func contents(_ memory: SecretMemory) -> [UInt8] { bytes(at: memory.start, memory.count) }

  @Test(arguments: [1, 15, 16, 32, 33, 4096]) func memoryIsWiped(count: Int) {
    var memory: SecretMemory? = SecretMemory(count: count)
    let remains = Self.watch(memory!)
    memory!.start.initializeMemory(as: UInt8.self, repeating: 0xA5, count: count)
    #expect(remains.bytes == nil && memory!.count == count)
    memory = nil
    #expect(Self.isZero(remains, count))
  }

  /// A copy keeps the bytes; the last one to go wipes them.
  @Test func keyBytesAreWiped() {
    let key = [UInt8](1...32)
    var first: KeyBytes? = KeyBytes(key)
    let remains = Self.watch(first!.memory)
    var second = first
    #expect(first?.exposed == key)
    first = nil
    #expect(remains.bytes == nil && second?.exposed == key)
    second = nil
    #expect(Self.isZero(remains, 32))
  }

  /// Neither the expanded key nor the key that it was made from is left.
  @Test(arguments: AEADAlgorithm.allCases) func expandedKeysAreWiped(algorithm: AEADAlgorithm) throws {
    let given = [UInt8](repeating: 0xA5, count: algorithm.keyBytes)
    var bytes: KeyBytes? = KeyBytes(given)
    var key: AEADKey? = try AEADKey(algorithm, bytes!)
    let remains = [Self.watch(bytes!.memory), Self.watch(key!.held)]
    #expect(Self.contents(key!.held).starts(with: given))
    bytes = nil
    #expect(Self.isZero(remains[0], algorithm.keyBytes))
    key = nil
    #expect(Self.isZero(remains[1], AEADKey.memoryBytes))
  }

  @Test(arguments: AEADAlgorithm.allCases) func scratchIsWiped(algorithm: AEADAlgorithm) throws {
    var scratch: AEADScratch? = try AEADScratch()
    let remains = Self.watch(scratch!.held)
    let fresh = Self.contents(scratch!.held)
    let key = try AEADKey(algorithm, bytes: [UInt8](repeating: 0xA5, count: algorithm.keyBytes))
    _ = AEAD(key, scratch: scratch!).sealed([UInt8](repeating: 7, count: 99), nonce: [UInt8](0..<12))
    // Some of the library's code leaves nothing in it (AES-GCM of version 2 with AVX-512).
    if Self.contents(scratch!.held) == fresh {
      scratch!.held.start.storeBytes(of: 0xA5, toByteOffset: fresh.count - 1, as: UInt8.self)
    }
    scratch = nil
    #expect(Self.isZero(remains, fresh.count))
    withExtendedLifetime(key) {}
  }

  /// Not within a function: what is dumped would name that by an address, and any digits may be in one.
  struct Holder { let key = KeyBytes([0xDE, 0xAD, 0xBE, 0xEF]) }

  /// Words about a key, a dump of it or of what holds it, tell nothing of it.
  @Test func nothingIsTold() {
    var dumped = ""
    dump(Holder(), to: &dumped)
    for text in [dumped, "\(Holder())", String(reflecting: Holder().key)] {
      for word in ["222", "173", "190", "239", "de", "ad", "DE", "AD"] where word.count > 2 {
        #expect(!text.contains(word), "\(text)")
      }
      #expect(text.contains("a key of 4 bytes"))
    }
  }

  @Test func keysAreCompared() {
    #expect(KeyBytes([1, 2]) == KeyBytes([1, 2]))
    #expect(KeyBytes([1, 2]) != KeyBytes([1, 3]))
    #expect(KeyBytes([1, 2]) != KeyBytes([1, 2, 0]))
    #expect(KeyBytes(count: 2) { _ in } == KeyBytes([0, 0]))
  }
}
