/// Which build of intel-ipsec-mb a run was linked with, and what is known of its version.
public struct CryptoLibraryIdentity: Sendable, Equatable, CustomStringConvertible {
  /// Such as `2.0.0`; nil where a run does not tell.
  public let version: String?
  /// SHA-256 of the static library; nil in runs of before it was noted.
  public let sha256: String?

  /// That of a run; nothing is known of one without environment.
  public init(_ software: Environment.Software?) {
    self.init(version: software?.intelIpsecMb, sha256: software?.intelIpsecMbSha256)
  }

  /// The library of this version.
  public init(version: String?, sha256: String? = nil) {
    (self.version, self.sha256) = (version, sha256)
  }

  /// Whether figures of one compare with those of the other: the same version and, where both tell it, build.
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

  /// What `sharesALine` means to a reader of figures, and what to do.
  public static let sharedLine =
    "each AES-GCM call of intel-ipsec-mb before 1.4 stores to one variable of the whole process (imb_errno), "
    + "so threads on different cores slow each other, most with small packets; run `make deps` where apt "
    + "reaches a mirror of Debian 13, then build and run again"

  /// The version, and the build as far as it takes to tell two apart.
  public var description: String {
    (version ?? "unknown") + (sha256.map { " (SHA-256 \($0.prefix(12))…)" } ?? "")
  }
}
