/// This program's version.
public enum Version {
  /// By semantic versioning; CHANGELOG.md says which results compare across versions.
  public static let number = "0.2.0"
}
