import Basics
import Cases
import Crypto
import Tunnel

/// Keys and associations of a sample, derived from its seed.
///
/// They are *test keys*: whoever knows descriptor and run ID can compute them, and can so check every packet
/// with tools of their own. The derivation is SplitMix64 from `seed`, the direction and the association's
/// number, and its generation where it is renewed; the key is the first 4 (or 2) outputs, little-endian, the
/// salt the low half of the next. The SPI has the direction in its highest byte; below it SPIs count from
/// 4096, those of a generation behind those of the one before, from a power of two on. A format from whose
/// secret keys are derived has that in the key's place, and one that keeps nothing for an association has one
/// for all.
public struct TestKeys {
  /// The direction of an association.
  public enum Direction: UInt64, Sendable {
    /// Gateway A seals, gateway B opens.
    case aToB = 1
    /// Gateway B seals, gateway A opens.
    case bToA = 2
  }

  /// The key, wiped after use though anybody can compute it: a gateway need not know that it is a test.
  public let secret: KeyBytes
  /// The key as plain bytes, for those who tell others what it is.
  public var key: [UInt8] { secret.exposed }
  /// What both ends agree on beside it.
  public private(set) var terms: TunnelTerms
  private let format: FormatName?
  /// ESP's association.
  public var esp: ESPAssociation { ESP.association(terms) }
  /// VPE's association.
  public var vpe: VPEAssociation { VPE.association(terms) }

  /// The SPI of a direction's association 0; the others follow.
  public static func firstSPI(_ direction: Direction) -> UInt32 {
    UInt32(direction.rawValue) << 24 | 0x1000
  }

  /// From an association's SPI to that of its next generation, where there are so many associations.
  public static func stride(_ associations: Int) -> Int {
    var stride = 1
    while stride < associations { stride *= 2 }
    return stride
  }

  /// The SPIs of generations come again after so many SPIs, when the first ones have long been retired.
  private static let spis = 1 << 23

  /// The keys of one association of a direction.
  /// - Parameters:
  ///   - number: which of the direction's associations, from 0; fewer than 2^23.
  ///   - generation: which of those that it has one after the other, from 0.
  ///   - stride: from its SPI to that of the next generation.
  ///   - windows: windows of a sender that has several.
  ///   - format: whose secret it is; nil for a cipher's key.
  public init(
    seed: UInt64, _ direction: Direction, number: Int = 0, generation: Int = 0, stride: Int = 1,
    algorithm: AEADAlgorithm, usesESN: Bool, windows: Int, format: FormatName? = nil
  ) {
    let facts = format?.facts
    self.format = format
    var random = SplitMix64(
      state: seed &+ direction.rawValue &* 0xD1B5_4A32_D192_ED03
        &+ UInt64(facts?.isStateless == true ? 0 : number) &* 0x8CB9_2BA7_2F3D_8DD7
        &+ UInt64(generation) &* 0xA24B_AED4_963E_E407)
    secret = KeyBytes(count: facts?.secretBytes(algorithm) ?? algorithm.keyBytes) { bytes in
      for offset in Swift.stride(from: 0, to: bytes.count, by: 8) {
        bytes.storeBytes(of: random.next().littleEndian, toByteOffset: offset, as: UInt64.self)
      }
    }
    let spi = TestKeys.firstSPI(direction) + UInt32(number + generation * stride % TestKeys.spis)
    terms = TunnelTerms(
      spi: spi, salt: UInt32(truncatingIfNeeded: random.next()), sender: UInt16(direction.rawValue),
      windows: windows, usesESN: usesESN, cipher: algorithm)
  }

  /// The same for another sender of the group that has this key.
  func ofSender(_ sender: UInt16) -> TestKeys {
    var keys = self
    keys.terms.sender = sender
    return keys
  }

  /// What follows from the secret.
  /// - Throws: `CryptoError`.
  public func material() throws -> KeyMaterial {
    try format?.facts.material(secret, terms) ?? KeyMaterial(secret, terms)
  }
}
