/// Which build of intel-ipsec-mb a run was linked with, and what is known of its version.
public struct CryptoLibraryIdentity: Sendable, Equatable, CustomStringConvertible {
  /// The version, such as `2.0.0`; nil if the run does not state it.
  public let version: String?
  /// SHA-256 of the static library; nil in runs before it was recorded.
  public let sha256: String?

  /// That of a run; nothing is known of one without environment.
  public init(_ software: Environment.Software?) {
    self.init(version: software?.intelIpsecMb, sha256: software?.intelIpsecMbSha256)
  }

  /// The library of this version.
  public init(version: String?, sha256: String? = nil) {
    (self.version, self.sha256) = (version, sha256)
  }

  /// Whether figures with both builds are comparable: the same version and, if both are known, the same
  /// build.
  public func isSame(as other: Self) -> Bool {
    version == other.version && (sha256 == nil || other.sha256 == nil || sha256 == other.sha256)
  }

  /// Whether each AES-GCM call stores to a variable of the whole process (`imb_errno`), so that threads on
  /// different cores slow each other: before 1.4 (issue 112 of intel-ipsec-mb). False where the version is
  /// not known.
  public var sharesALine: Bool {
    let numbers = (version ?? "").split(separator: ".").map { Int($0) ?? 0 }
    guard let major = numbers.first else { return false }
    return major < 1 || (major == 1 && (numbers.count < 2 || numbers[1] < 4))
  }

  /// The meaning of `sharesALine` for readers of figures, and the remedy.
  public static let sharedLine =
    "each AES-GCM call of intel-ipsec-mb before 1.4 stores to one variable of the whole process (imb_errno), "
    + "so threads on different cores slow each other, most with small packets; run `make deps` where apt "
    + "reaches a mirror of Debian 13, then build and run again"

  /// The version, and enough of the hash to distinguish builds.
  public var description: String {
    (version ?? "unknown") + (sha256.map { " (SHA-256 \($0.prefix(12))…)" } ?? "")
  }
}
