import Crypto
import Tunnel

/// The other end of many tunnels: seals packets that will be opened while the time is taken.
///
/// It expands each packet's key anew into the same memory, and has nothing of a tunnel but its key and salt.
/// Ten thousand expanded keys more would crowd out of the cache what opening needs; the opener's own would be
/// left there fresh.
final class CostPeer {
  private let algorithm: AEADAlgorithm
  private let keys: [UInt8]
  private let salts: [UInt32]
  private let spi: (first: UInt32, step: UInt32)
  private let isExtended: Bool
  private let sender: VPEAssociation
  private let traffic: CostTraffic
  private let arena: AEADKeyArena
  private let aead: AEAD
  private let scratch: AEADScratch

  init(_ keys: [TestKeys], _ algorithm: AEADAlgorithm, _ traffic: CostTraffic) throws {
    self.algorithm = algorithm
    self.keys = keys.flatMap(\.key)
    salts = keys.map(\.esp.salt)
    spi = (keys[0].esp.spi, keys.count > 1 ? keys[1].esp.spi - keys[0].esp.spi : 0)
    isExtended = keys[0].esp.isExtended
    sender = keys[0].vpe
    self.traffic = traffic
    arena = try AEADKeyArena(algorithm, count: 1, pages: .small)
    scratch = try AEADScratch()
    aead = AEAD(arena, 0, scratch: scratch)
  }

  private func next() -> (tunnel: Int, spi: UInt32, number: UInt64) {
    let (tunnel, number) = traffic.nextSealed()
    let start = tunnel * algorithm.keyBytes
    do {
      try arena.set(0, Array(keys[start..<(start + algorithm.keyBytes)]))
    } catch {
      preconditionFailure("a key that was right before is not: \(error)")
    }
    return (tunnel, spi.first + UInt32(tunnel) * spi.step, number)
  }

  /// The sealer of the next packet.
  func nextESP() -> ESPSealer {
    let (tunnel, spi, number) = next()
    let association = ESPAssociation(spi: spi, salt: salts[tunnel], isExtended: isExtended)
    return ESPSealer(association, aead: aead, sequence: number - 1)
  }

  /// The sealer of the next packet.
  func nextVPE() -> VPESealer {
    let (_, spi, number) = next()
    let association = VPEAssociation(spi: spi, sender: sender.sender, windows: sender.windows)
    return VPESealer(association, window: 0, aead: aead, sequence: number - 1)
  }
}

/// Seals each packet with a sealer of its own.
struct PeerSealer<Sealer: PacketSealer>: PacketSealer {
  static var headerBytes: Int { Sealer.headerBytes }
  static var tailroomBytes: Int { Sealer.tailroomBytes }

  /// Makes the next packet's sealer.
  let next: () -> Sealer

  mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed {
    var sealer = next()
    return sealer.seal(inner, count: count)
  }
}
