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

  /// The version of the installed library, such as `1.3.0`.
  public static var version: String { String(cString: cimb_version()) }

  /// The instruction set whose code the library chose, such as `AVX512`.
  public var architecture: String { String(cString: cimb_architecture(manager)) }
}
