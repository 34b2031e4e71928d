import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// The associations and keys that the tests use unless they are about something else.
enum TestTunnel {
  static let esp = ESPAssociation(spi: 0x0102_0304, salt: 0xA1A2_A3A4, usesESN: false)
  static let espExtended = ESPAssociation(spi: 0x0102_0304, salt: 0xA1A2_A3A4, usesESN: true)
  static let vpe = VPEAssociation(spi: 0x0102_0304, sender: 0x0506, windows: 4)

  /// A key that differs for each algorithm.
  static func key(_ algorithm: AEADAlgorithm) -> [UInt8] { key(algorithm, count: algorithm.keyBytes) }

  /// What ends of a format have agreed on; where that is the key, the algorithm's.
  static func secret<Format: TunnelFormat>(_ format: Format.Type, _ cipher: AEADAlgorithm) -> KeyBytes {
    KeyBytes(key(cipher, count: format.secretBytes(cipher)))
  }

  static func key(_ algorithm: AEADAlgorithm, count: Int) -> [UInt8] {
    var generator = SplitMix64(state: UInt64(algorithm.rawValue.utf8.reduce(0) { $0 + Int($1) }))
    return generator.bytes(count)
  }
}

/// Runs `body` with what follows from a format's secret, and its first key.
func withMaterial<Format: TunnelFormat, Result>(
  of format: Format.Type, _ secret: KeyBytes, _ terms: TunnelTerms,
  _ body: (TunnelTerms, AEAD) throws -> Result
) throws -> Result {
  let material = try format.material(secret, terms)
  let keys = try material.expanded()
  let scratch = try AEADScratch()
  return try withExtendedLifetime((keys, scratch)) { try body(material.terms, keys.aead(scratch)) }
}

/// Runs `body` with a fresh AEAD under the algorithm's test key.
func withAEAD<Result>(
  _ algorithm: AEADAlgorithm = .aes128GCM, _ body: (AEAD) throws -> Result
) throws -> Result {
  try withAEAD(algorithm, key: TestTunnel.key(algorithm), body)
}

/// A packet that should have been sealed was not.
struct NotSealed: Error {
  let reason: DropReason
}

extension PacketSealer {
  /// The sealed packet around `inner`.
  mutating func sealed(_ inner: [UInt8]) throws -> [UInt8] {
    let memory = GuardedMemory(count: Self.headerBytes + inner.count + Self.tailroomBytes)
    let at = memory.end - Self.tailroomBytes - inner.count
    at.copyMemory(from: inner, byteCount: inner.count)
    let result = seal(at, count: inner.count)
    guard result.reason == .none else { throw NotSealed(reason: result.reason) }
    return bytes(at: result.start, result.count)
  }
}

/// What came of opening a packet: its bytes, or the reason why there are none.
enum Outcome: Equatable {
  case inner([UInt8], version: UInt8)
  case refused(DropReason)

  var reason: DropReason {
    guard case .refused(let reason) = self else { return .none }
    return reason
  }
}

extension PacketOpener {
  /// Opens a copy of `outer` that ends at memory which must not be touched.
  mutating func opened(_ outer: [UInt8]) -> Outcome {
    let memory = GuardedMemory(count: max(outer.count, 1))
    let result = open(memory.put(outer), count: outer.count)
    if result.reason != .none { return .refused(result.reason) }
    return .inner(bytes(at: result.start, result.count), version: result.version)
  }
}

/// Runs `body` with a window that is given back afterwards.
func withWindow<Result>(
  size: Int = 64, top: UInt64 = 0, _ body: (ReplayWindow) throws -> Result
) rethrows -> Result {
  let window = ReplayWindow(size: size, top: top)
  defer { window.deallocate() }
  return try body(window)
}

/// Runs `body` with VPE windows that are given back afterwards.
func withWindows<Result>(
  count: Int = TestTunnel.vpe.windows, size: Int = 64, owned: (UInt16) -> Bool = { _ in true },
  _ body: (VPEWindows) throws -> Result
) rethrows -> Result {
  let windows = VPEWindows(count: count, size: size, owned: owned)
  defer { windows.deallocate() }
  return try body(windows)
}

/// An ESP packet with a valid ICV around any plaintext, trailer included: made by hand, byte by byte.
func craftedESP(
  _ plaintext: [UInt8], sequence: UInt64 = 1, association: ESPAssociation = TestTunnel.esp, aead: AEAD
) -> [UInt8] {
  let spi = bigEndian(association.spi)
  let number = bigEndian(sequence)
  let low = Array(number.suffix(4))
  let additional = spi + (association.usesESN ? number : low)
  let sealed = aead.sealed(plaintext, nonce: bigEndian(association.salt) + number, additional: additional)
  return spi + low + number + sealed
}

/// A VPE packet with a valid ICV around any plaintext.
func craftedVPE(
  _ plaintext: [UInt8], sequence: UInt64 = 1, window: UInt16 = 0,
  association: VPEAssociation = TestTunnel.vpe,
  aead: AEAD
) -> [UInt8] {
  let nonce = Array(
    bigEndian(association.sender).reversed() + bigEndian(window).reversed() + bigEndian(sequence).reversed())
  let sealed = aead.sealed(plaintext, nonce: nonce)
  return nonce + bigEndian(association.spi).reversed() + sealed.suffix(16) + sealed.dropLast(16)
}

/// A packet of WireGuard around any plaintext.
func craftedWireGuard(_ plaintext: [UInt8], counter: UInt64, type: UInt8 = 4, _ aead: AEAD) -> [UInt8] {
  let number = Array(bigEndian(counter).reversed())
  return [type, 0, 0, 0, 4, 3, 2, 1] + number + aead.sealed(plaintext, nonce: [0, 0, 0, 0] + number)
}

/// The bytes of a number, highest first.
func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
}
