/// The AEADs on offer (RFC 5116 interface), all with a 12-byte nonce and a 16-byte tag.
public enum AEADAlgorithm: String, CaseIterable, Sendable {
  /// AES-GCM with a 128-bit key (RFC 4106 for ESP).
  case aes128GCM = "aes-128-gcm"
  /// AES-GCM with a 256-bit key.
  case aes256GCM = "aes-256-gcm"
  /// ChaCha20-Poly1305 (RFC 8439; RFC 7634 for ESP).
  case chaCha20Poly1305 = "chacha20-poly1305"

  /// Bytes of the key, without salt.
  public var keyBytes: Int { self == .aes128GCM ? 16 : 32 }
  /// Bytes of the nonce.
  public static let nonceBytes = 12
  /// Bytes of the tag, the integrity check value.
  public static let tagBytes = 16
}

/// What can go wrong before a packet is sealed or opened.
public enum CryptoError: Error, Equatable, CustomStringConvertible {
  /// The key has another length than the algorithm's.
  case keyLength(algorithm: AEADAlgorithm, bytes: Int)
  /// intel-ipsec-mb could not start: no memory or a CPU that it does not support.
  case library
  /// The system has not as much memory for associations and keys.
  case memory(bytes: Int)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .keyLength(let algorithm, let bytes):
      "a key for \(algorithm.rawValue) has \(algorithm.keyBytes) bytes, not \(bytes)"
    case .library:
      "intel-ipsec-mb cannot start on this machine: it needs an x86-64 CPU with SSE4.2 and some memory; "
        + "`vpebench check` shows what this one offers"
    case .memory(let bytes):
      "the system has no \(bytes) bytes of memory for associations and keys: free some, or use fewer tunnels"
    }
  }
}
