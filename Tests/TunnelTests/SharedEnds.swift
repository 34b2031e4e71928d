import Cases
import Crypto
import Synchronization
import TestSupport
import Testing
import Tunnel
import Wire

/// Both ends of an association that threads share.
struct SharedEnds<Format: SharedFormat>: @unchecked Sendable {
  /// The formats that let threads share one.
  static var formats: [FormatName] { FormatName.allCases.filter { $0.visitShared(IsShared()) != nil } }

  let association: Format.Association
  let keys: AEADKeys
  let aead: AEAD

  /// The last number that can be used: 64 bits are not used up wholly (`SharedNumbers`).
  var last: UInt64 { min(Format.lastNumber(association), .max - 1 << 20) }

  /// A sealer of one thread.
  func sealer(_ numbers: SharedNumbers) -> ParallelSealer<Format.Sealer> {
    ParallelSealer(association, aead: aead, numbers: numbers)
  }

  /// What the format's own sealer makes under a number.
  func sealed(_ inner: [UInt8], _ number: UInt64) throws -> [UInt8] {
    var sealer = Format.sealer(association, window: 0, aead: aead, sequence: number - 1)
    return try sealer.sealed(inner)
  }

  /// The number of a sealed packet, as far as it was sent.
  func number(_ sealed: [UInt8]) -> UInt64 {
    sealed.withUnsafeBytes { bytes in bytes.baseAddress.map { Format.number($0) } ?? 0 }
  }

  /// An authentic packet that goes no further: ESP's dummy, WireGuard's keepalive.
  func unkept(_ number: UInt64) -> [UInt8] {
    if let association = association as? ESPAssociation {
      let plain = InnerPacket.make(count: 22) + [0, 59]
      return craftedESP(plain, sequence: number, association: association, aead: aead)
    }
    return craftedWireGuard([], counter: number - 1, aead)
  }

  var unkeptReason: DropReason { association is ESPAssociation ? .dummy : .keepalive }

  /// Seals up to `count` packets on each of some threads at once, or until there are no more numbers.
  /// - Returns: all numbers that they have used.
  func sealed(on threads: Int, _ numbers: SharedNumbers, block: Int, _ count: Int) throws -> [UInt64] {
    let scratches = try (0..<threads).map { _ in try AEADScratch() }
    let found = Mutex<[UInt64]>([])
    let keys = keys
    withExtendedLifetime(scratches) {
      let aeads = UncheckedAEADs(all: scratches.map { keys.aead($0) })
      onThreads(threads) { thread in
        var sealer = ParallelSealer<Format.Sealer>(
          association, aead: aeads.all[thread], numbers: numbers, block: block)
        var own: [UInt64] = []
        let inner = InnerPacket.make(count: 40)
        var isOver = false
        while own.count < count, !isOver {
          let burst = min(1 + own.count % 7, count - own.count)
          sealer.begin(burst: burst)
          for _ in 0..<burst where !isOver {
            let sealed = try? sealer.sealed(inner)
            if let sealed { own.append(number(sealed)) }
            isOver = sealed == nil
          }
        }
        found.withLock { $0 += own }
      }
    }
    return found.withLock { $0 }
  }
}

private struct UncheckedAEADs: @unchecked Sendable { let all: [AEAD] }

/// A test's work, generic over the format.
protocol SharedBody {
  func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws
}

/// Runs `body` with both ends of an association of a format.
func withSharedEnds(of name: FormatName, usesESN: Bool = false, _ body: any SharedBody) throws {
  try #require(try name.visitShared(SharedWork(usesESN: usesESN, body: body)) != nil)
}

private struct SharedWork: SharedVisitor {
  typealias Failure = any Error
  let usesESN: Bool
  let body: any SharedBody

  func visit<Format: SharedFormat>(_ format: Format.Type) throws {
    let cipher = format.ciphers[0]
    let terms = TunnelTerms(spi: 0x0102_0304, salt: 0xA1A2_A3A4, usesESN: usesESN, cipher: cipher)
    let material = try format.material(TestTunnel.secret(format, cipher), terms)
    let (keys, scratch) = (try material.expanded(), try AEADScratch())
    try withExtendedLifetime((keys, scratch)) {
      try body.run(
        SharedEnds<Format>(
          association: format.association(material.terms), keys: keys, aead: keys.aead(scratch)))
    }
  }
}

private struct IsShared: SharedVisitor {
  typealias Failure = Never
  func visit<Format: SharedFormat>(_ format: Format.Type) -> Bool { true }
}
