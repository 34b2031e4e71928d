/// The supported AEADs (RFC 5116 interface). All have a 12-byte nonce and a 16-byte tag.
public enum AEADAlgorithm: String, Codable, CaseIterable, Sendable {
  /// AES-GCM with a 128-bit key (RFC 4106 for ESP).
  case aes128GCM = "aes-128-gcm"
  /// AES-GCM with a 192-bit key.
  case aes192GCM = "aes-192-gcm"
  /// AES-GCM with a 256-bit key.
  case aes256GCM = "aes-256-gcm"
  /// ChaCha20-Poly1305 (RFC 8439; RFC 7634 for ESP).
  case chaCha20Poly1305 = "chacha20-poly1305"

  /// Bytes of the key, without the salt.
  public var keyBytes: Int {
    switch self {
    case .aes128GCM: 16
    case .aes192GCM: 24
    case .aes256GCM, .chaCha20Poly1305: 32
    }
  }
  /// Bytes of the nonce.
  public static let nonceBytes = 12
  /// Bytes of the tag, the integrity check value.
  public static let tagBytes = 16
}
