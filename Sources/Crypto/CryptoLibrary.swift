import CIPsecMB

/// intel-ipsec-mb with the fastest code that this CPU can run; made once, never changed, shared by all.
public final class CryptoLibrary: Sendable {
  nonisolated(unsafe) let manager: UnsafeMutableRawPointer

  private static let started: CryptoLibrary? = CryptoLibrary()

  private init?() {
    guard let manager = cimb_manager() else { return nil }
    self.manager = manager
  }

  /// The library, started at first use.
  /// - Throws: `CryptoError.library`.
  public static func shared() throws -> CryptoLibrary {
    guard let library = started else { throw CryptoError.library }
    return library
  }

  /// The version of the library's code that is linked, such as `2.0.0`.
  public static var version: String { String(cString: cimb_version()) }

  /// The package that it is of, and where that is from.
  public static var origin: String { String(cString: cimb_origin()) }

  /// SHA-256 of the static library, hexadecimal.
  public static var sha256: String { String(cString: cimb_sha256()) }

  /// Whether its code and the header that it was called by are of one version.
  public static var isOfItsHeader: Bool { cimb_version_number() == cimb_header_version_number() }

  /// The instruction set whose code the library chose, such as `AVX512`.
  public var architecture: String { String(cString: cimb_architecture(manager)) }

  /// The SHA-256 of bytes (FIPS 180-4): 32 bytes; nil if there are no bytes.
  public func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let start = bytes.baseAddress else { return nil }
    var digest = [UInt8](repeating: 0, count: 32)
    cimb_digest(manager, start, UInt64(bytes.count), &digest)
    return digest
  }
}
