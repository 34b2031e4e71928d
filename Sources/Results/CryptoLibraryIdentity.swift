/// The version and the build of intel-ipsec-mb that a run was linked with, as far as they are known.
public struct CryptoLibraryIdentity: Sendable, Equatable, CustomStringConvertible {
  /// The version, such as `2.0.0`; nil if the run does not state it.
  public let version: String?
  /// SHA-256 of the static library; nil in old runs, which did not record it.
  public let sha256: String?

  /// The library of a run; everything is unknown without an environment.
  public init(_ software: Environment.Software?) {
    self.init(version: software?.intelIpsecMb, sha256: software?.intelIpsecMbSha256)
  }

  /// A library of this version.
  public init(version: String?, sha256: String? = nil) {
    (self.version, self.sha256) = (version, sha256)
  }

  /// Whether figures of both builds compare: the versions are the same, and so are the hashes, if both are
  /// known.
  public func isSame(as other: Self) -> Bool {
    version == other.version && (sha256 == nil || other.sha256 == nil || sha256 == other.sha256)
  }

  /// Whether each AES-GCM call stores to a variable of the whole process (`imb_errno`), so that threads on
  /// different cores slow each other. That is so before version 1.4 (issue 112 of intel-ipsec-mb). False if
  /// the version is unknown.
  public var sharesALine: Bool {
    let numbers = (version ?? "").split(separator: ".").map { Int($0) ?? 0 }
    guard let major = numbers.first else { return false }
    return major < 1 || (major == 1 && (numbers.count < 2 || numbers[1] < 4))
  }

  /// Explains `sharesALine` to readers of figures, and names the remedy.
  public static let sharedLine =
    "each AES-GCM call of intel-ipsec-mb before 1.4 stores to one variable of the whole process (imb_errno), "
    + "so threads on different cores slow each other, most with small packets; run `make deps` where apt "
    + "reaches a mirror of Debian 13, then build and run again"

  /// The version, and the first digits of the hash, which distinguish builds.
  public var description: String {
    (version ?? "unknown") + (sha256.map { " (SHA-256 \($0.prefix(12))…)" } ?? "")
  }
}
