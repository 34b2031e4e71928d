import Cases
import Crypto
import Wire

/// The parameters on which both ends of a tunnel agree beside the key; each format uses those that it needs.
public struct TunnelTerms: Equatable, Sendable {
  /// The receiver's identifier of the association.
  public var spi: UInt32
  /// Part of the nonce, where the format has a salt; in the order of the wire.
  public var salt: UInt32
  /// Identifies the sending device, where the format does.
  public var sender: UInt16
  /// How many windows the sender uses, where the format has several.
  public var windows: Int
  /// Whether sequence numbers have 64 bits, where the format leaves the choice.
  public var usesESN: Bool
  /// The cipher of the key.
  public var cipher: AEADAlgorithm
  /// The number of associations with consecutive SPIs, in a stateless format.
  public var associations = 1
  /// The salts of all windows, where they follow from the secret (`KeyMaterial`).
  public var salts: [UInt32] = []

  /// Terms, by default of a tunnel with one window.
  public init(
    spi: UInt32, salt: UInt32 = 0, sender: UInt16 = 1, windows: Int = 1, usesESN: Bool = true,
    cipher: AEADAlgorithm
  ) {
    (self.spi, self.salt, self.sender, self.windows) = (spi, salt, sender, windows)
    (self.usesESN, self.cipher) = (usesESN, cipher)
  }
}

/// The keys and parameters derived from the secret on which both ends have agreed.
public struct KeyMaterial: Sendable {
  /// The keys: one, or one for each window.
  public var keys: [KeyBytes]
  /// The algorithm of the keys.
  public var algorithm: AEADAlgorithm
  /// The other parameters, including derived ones.
  public var terms: TunnelTerms

  /// The secret is the key.
  public init(_ secret: KeyBytes, _ terms: TunnelTerms) {
    (keys, algorithm, self.terms) = ([secret], terms.cipher, terms)
  }

  /// The keys, expanded.
  /// - Throws: `CryptoError`.
  public func expanded() throws -> AEADKeys { try AEADKeys(algorithm, keys) }
}

/// A packet format: its sealer and opener, and all that others must know to use it. What is generic over this
/// works for any format: packet costs, gateways, and the tests of every format (docs/new-format.md).
public protocol TunnelFormat: SendableMetatype {
  /// The parameters that both ends share beside the key.
  associatedtype Association: Sendable
  /// Seals packets of one association on one thread.
  associatedtype Sealer: AssociationSealer
  /// Opens packets of one association on one thread.
  associatedtype Opener: AssociationOpener

  /// Its name in sentences.
  static var name: StaticString { get }
  /// The ciphers that it can have.
  static var ciphers: [AEADAlgorithm] { get }
  /// The UDP port that it lies in; nil if directly in IP, unless a plan says otherwise.
  static var udpPort: UInt16? { get }
  /// Whether a receiver refuses a packet that it has seen.
  static var refusesReplays: Bool { get }

  /// Whether several sealers share an association without windows: the first 16 bits of a number are then the
  /// sealer's part, so that no two sealers use the same number, and any thread may open any packet.
  static var hasParts: Bool { get }

  /// Whether a sealed packet begins with the inner packet's own IP header, and no outer one comes before it.
  static var isTransport: Bool { get }

  /// Whether both ends know a salt beside the key.
  static var hasSalt: Bool { get }
  /// Whether they choose if sequence numbers have 64 bits, of which half are sent, or 32.
  static var hasESN: Bool { get }

  /// Bytes of the secret that both ends of an association agree on.
  static func secretBytes(_ cipher: AEADAlgorithm) -> Int
  /// The material derived from the secret.
  /// - Throws: `CryptoError`.
  static func material(_ secret: KeyBytes, _ terms: TunnelTerms) throws -> KeyMaterial
  /// The number of keys of an association with so many windows.
  static func keyCount(windows: Int) -> Int
  /// Whether the format is stateless: one sealer and one opener then serve all associations with consecutive
  /// SPIs, with one secret.
  static var isStateless: Bool { get }

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  static func sealedBytes(inner: Int) -> Int
  /// Bytes of it that are encrypted.
  static func encryptedBytes(inner: Int) -> Int

  /// The association of two ends that agree on these terms.
  static func association(_ terms: TunnelTerms) -> Association
  /// A sealer of packets of one window (0 where the format has one), or under numbers of one part, that goes
  /// on after `sequence`.
  /// - Parameter aead: of the first key; further ones follow it.
  static func sealer(_ association: Association, window: UInt16, aead: AEAD, sequence: UInt64) -> Sealer
  /// Bytes of memory that a thread's windows of an association occupy.
  static func windowBytes(_ ownership: WindowOwnership) -> Int
  /// An opener for the windows that a thread owns, from number `top` on, which lie in `windowBytes` bytes at
  /// `memory`. These belong to someone else, as the ownership does.
  static func opener(
    _ association: Association, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> Opener

  /// The number of a sealed packet of at least `Sealer.headerBytes` bytes, as far as it is transmitted; an
  /// association's first number is 1.
  static func number(_ outer: UnsafeRawPointer) -> UInt64
  /// Bytes from the start of a sealed packet to the end of its window's ID.
  static var windowEnd: Int { get }
  /// The window's ID in a sealed packet of at least `windowEnd` bytes: packets are steered by it.
  static func window(_ outer: UnsafeRawPointer) -> UInt16
  /// Bytes from the start of a sealed packet to the end of its Sender ID; 0 where it has none.
  static var senderEnd: Int { get }
  /// The Sender ID in a sealed packet of at least `senderEnd` bytes.
  static func sender(_ outer: UnsafeRawPointer) -> UInt16
}

/// Defaults that suit most formats.
extension TunnelFormat {
  /// All ciphers.
  public static var ciphers: [AEADAlgorithm] { AEADAlgorithm.allCases }
  /// None: packets lie directly in IP.
  public static var udpPort: UInt16? { nil }
  public static var refusesReplays: Bool { true }
  /// No: each sealer has a window, or there is only one sealer.
  @inlinable public static var hasParts: Bool { false }
  /// No: an outer IP header comes before the packet.
  @inlinable public static var isTransport: Bool { false }
  public static var hasSalt: Bool { false }
  public static var hasESN: Bool { false }
  /// The cipher's key.
  public static func secretBytes(_ cipher: AEADAlgorithm) -> Int { cipher.keyBytes }
  /// The secret is the key.
  public static func material(_ secret: KeyBytes, _ terms: TunnelTerms) throws -> KeyMaterial {
    KeyMaterial(secret, terms)
  }
  /// One key.
  public static func keyCount(windows: Int) -> Int { 1 }
  public static var isStateless: Bool { false }
  /// The bytes of the inner packet.
  public static func encryptedBytes(inner: Int) -> Int { inner }
  /// Bytes before the inner packet.
  public static var headerBytes: Int { Sealer.headerBytes }
  /// Bytes of the longest inner packet around which a sealed one has no more than `limit` bytes.
  public static func innerBytes(within limit: Int) -> Int {
    var inner = limit
    while sealedBytes(inner: inner) > limit { inner -= 1 }
    return inner
  }
  /// The bytes of a single window.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int {
    ReplayWindow.memoryBytes(size: ownership.size)
  }
  /// 0, for a single window has no ID.
  @inlinable public static var windowEnd: Int { 0 }
  /// 0, for a single window has no ID.
  @inlinable @inline(__always)
  public static func window(_ outer: UnsafeRawPointer) -> UInt16 { 0 }
  /// 0, for a single sender has no ID.
  @inlinable public static var senderEnd: Int { 0 }
  /// 0, for a single sender has no ID.
  @inlinable @inline(__always)
  public static func sender(_ outer: UnsafeRawPointer) -> UInt16 { 0 }
}

/// Generic work on a format that is chosen at run time; it is compiled for each format.
public protocol FormatVisitor {
  /// The visitor's result.
  associatedtype Result
  /// The visitor's error.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: TunnelFormat>(_ format: Format.Type) throws(Failure) -> Result
}
