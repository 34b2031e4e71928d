import Cases
import Crypto
import Tunnel
import Wire

/// The smallest format: SPI and number, which are the nonce, then the packet, then the ICV. No padding, no
/// additional data, one window. It is registered nowhere, and is the example of docs/new-format.md.
///
/// ```
///  0     4        12                            12+n
///  | SPI | number | inner IP packet ………………… | ICV (16) |
///  '--- nonce ----'------- encrypted --------'
/// ```
package enum Toy: TunnelFormat {
  package static let headerBytes = 12
  package static let icvBytes = AEADAlgorithm.tagBytes

  package static var name: StaticString { "Toy" }
  package static func number(_ outer: UnsafeRawPointer) -> UInt64 { outer.loadLittle(4) }
  package static func sealedBytes(inner: Int) -> Int { headerBytes + inner + icvBytes }
  package static func association(_ terms: TunnelTerms) -> UInt32 { terms.spi }

  package static func sealer(_ spi: UInt32, window: UInt16, aead: AEAD, sequence: UInt64) -> ToySealer {
    ToySealer(spi: spi, aead: aead, number: sequence)
  }

  package static func opener(
    _ spi: UInt32, aead: AEAD, _ ownership: WindowOwnership, top: UInt64, in memory: UnsafeMutableRawPointer
  ) -> ToyOpener {
    ToyOpener(spi: spi, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

package struct ToySealer: KeyedSealer {
  package static var headerBytes: Int { Toy.headerBytes }
  package static var tailroomBytes: Int { Toy.icvBytes }

  package let spi: UInt32
  package let aead: AEAD
  package var number: UInt64

  package mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < .max else { return work.pointee.reason = .sequenceExhausted }
    number &+= 1
    let header = inner - Toy.headerBytes
    header.storeLittle(spi, 0)
    header.storeLittle(number, 4)
    work.pointee.accept(inner, count)
  }

  package mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Toy.headerBytes
    aead.seal(
      inner, count: sealed, nonce: header, additional: nil, additionalCount: 0, tag: inner + sealed)
    return Sealed(header, Toy.sealedBytes(inner: sealed))
  }
}

package struct ToyOpener: AssociationOpener, CheckingOpener {
  package static var spiEnd: Int { 4 }
  package static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadLittle(0) }

  package let spi: UInt32
  package let aead: AEAD
  package var window: ReplayWindow

  package func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count)
    window.prefetch(low: outer.loadLittle(4))
  }

  package func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Toy.headerBytes + Toy.icvBytes else { return .tooShort }
    guard outer.loadLittle(0, as: UInt32.self) == spi else { return .unknownSPI }
    let number = outer.loadLittle(4, as: UInt64.self)
    let freshness = window.check(number)
    guard freshness == .none else { return freshness }
    work.pointee.number = number
    work.pointee.accept(outer + Toy.headerBytes, count - Toy.headerBytes - Toy.icvBytes)
    return .none
  }

  package mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    guard
      aead.open(
        inner, count: sealed, nonce: inner - Toy.headerBytes, additional: nil, additionalCount: 0,
        tag: inner + sealed)
    else { return Opened(.authentication, at: inner) }
    let freshness = window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }
    return Opened.inner(inner, count: sealed)
  }
}
