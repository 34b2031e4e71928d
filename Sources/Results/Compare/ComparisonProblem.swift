/// Why two runs cannot be compared.
public enum ComparisonProblem: Sendable, Equatable, CustomStringConvertible {
  /// Their figures come from different versions of the measuring method; nil where a run tells none.
  case environmentVersions(Int?, Int?)
  /// They were linked with different builds of the crypto library.
  case cryptoLibraries(CryptoLibraryIdentity, CryptoLibraryIdentity)
  /// They have no case in common of which both have a figure.
  case nothingInCommon(String, String)

  /// One sentence that names the remedy.
  public var description: String {
    switch self {
    case .environmentVersions(let first, let second):
      "the runs are of environment versions \(Self.text(first)) and \(Self.text(second)), between which "
        + "figures do not compare (CHANGELOG.md says why); run the older one again, or pass "
        + "--allow-different-environment"
    case .cryptoLibraries(let first, let second):
      "the runs used different builds of intel-ipsec-mb, \(first) and \(second), so that they compare the "
        + "libraries; run one again, or pass --allow-different-library"
    case .nothingInCommon(let first, let second):
      "\(first) and \(second) have no case of the same name and basis with the same figure; name two runs of "
        + "one experiment"
    }
  }

  private static func text(_ version: Int?) -> String { version.map { "\($0)" } ?? "unknown" }
}
