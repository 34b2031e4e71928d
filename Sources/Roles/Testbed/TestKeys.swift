import Basics
import Cases
import Crypto
import Tunnel

/// Keys and associations of a sample, derived from its seed.
///
/// They are *test keys*: everyone who knows descriptor and run ID can compute them, and so check every packet
/// with other tools. The derivation is SplitMix64 from `seed`, the direction, the association's number and,
/// where associations are renewed, the generation; the key is the first 4 (or 2) outputs, little-endian, the
/// salt the low half of the next. The SPI has the direction in its highest byte; its low bits count from
/// 4096, and the SPIs of a generation begin a power of two behind those of the previous one. For a format
/// that derives keys from a secret, the secret takes the key's place; a stateless format has one secret for
/// all associations.
public struct TestKeys {
  /// The direction of an association.
  public enum Direction: UInt64, Sendable {
    /// Gateway A seals, gateway B opens.
    case aToB = 1
    /// Gateway B seals, gateway A opens.
    case bToA = 2
  }

  /// The key. It is wiped after use although it is public: a gateway need not know that it is in a test.
  public let secret: KeyBytes
  /// The key as plain bytes, for decoders and configuration files.
  public var key: [UInt8] { secret.exposed }
  /// The parameters that both ends agree on beside the key.
  public private(set) var terms: TunnelTerms
  private let format: FormatName?
  /// ESP's association.
  public var esp: ESPAssociation { ESP.association(terms) }
  /// VPE's association.
  public var vpe: VPEAssociation { VPE.association(terms) }

  /// The SPI of a direction's association 0; those of the others follow.
  public static func firstSPI(_ direction: Direction) -> UInt32 {
    UInt32(direction.rawValue) << 24 | 0x1000
  }

  /// The distance from an association's SPI to that of its next generation: a power of two.
  public static func stride(_ associations: Int) -> Int {
    var stride = 1
    while stride < associations { stride *= 2 }
    return stride
  }

  /// After so many SPIs generations reuse them, long after the first ones were retired.
  private static let spis = 1 << 23

  /// The keys of one association of a direction.
  /// - Parameters:
  ///   - number: which of the direction's associations, from 0; fewer than 2^23.
  ///   - generation: the association's generation, from 0.
  ///   - stride: the distance to the next generation's SPI.
  ///   - windows: how many windows a sender has.
  ///   - format: the format that derives keys from the secret; nil for a cipher's key.
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

  /// These keys for another sender of the group that shares them.
  func ofSender(_ sender: UInt16) -> TestKeys {
    var keys = self
    keys.terms.sender = sender
    return keys
  }

  /// The key material derived from the secret.
  /// - Throws: `CryptoError`.
  public func material() throws -> KeyMaterial {
    try format?.facts.material(secret, terms) ?? KeyMaterial(secret, terms)
  }
}
