/// Why two runs cannot be compared.
public enum ComparisonProblem: Sendable, Equatable, CustomStringConvertible {
  /// The runs have different versions of the measuring method; nil if a run states none.
  case environmentVersions(Int?, Int?)
  /// The runs were linked with different builds of the crypto library.
  case cryptoLibraries(CryptoLibraryIdentity, CryptoLibraryIdentity)
  /// The runs have no case in common for which both have a figure.
  case nothingInCommon(String, String)

  /// The reason why the figures of two runs do not compare; nil if they do.
  /// - Parameters:
  ///   - allowDifferentEnvironment: whether different environment versions are allowed.
  ///   - allowDifferentLibrary: whether different builds of the crypto library are allowed.
  package static func between(
    _ first: RunReading, _ second: RunReading, allowDifferentEnvironment: Bool = false,
    allowDifferentLibrary: Bool = false
  ) -> ComparisonProblem? {
    let versions = (first.environment?.environmentVersion, second.environment?.environmentVersion)
    if !allowDifferentEnvironment, versions.0 == nil || versions.0 != versions.1 {
      return .environmentVersions(versions.0, versions.1)
    }
    let libraries = (
      CryptoLibraryIdentity(first.environment?.software), CryptoLibraryIdentity(second.environment?.software)
    )
    guard !allowDifferentLibrary, !libraries.0.isSame(as: libraries.1) else { return nil }
    return .cryptoLibraries(libraries.0, libraries.1)
  }

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
