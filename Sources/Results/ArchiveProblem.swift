/// Why runs cannot be packed, or why an archive cannot be trusted.
public enum ArchiveProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// A program that packs or checks is not installed.
  case noProgram(String)
  /// The file is not an archive of vpebench, or is incomplete.
  case unreadable(said: String)
  /// A file in the archive differs from the packed one.
  case altered(String, found: String, packed: String)
  /// A packed file is missing from the archive.
  case missing(String)
  /// The archive has a file that its list does not name.
  case unlisted(String)
  /// The archive has an entry that is neither a file nor a folder.
  case noFile(String)
  /// A file in the archive is larger than any file of a run can be.
  case tooLarge(String, bytes: Int)
  /// A listed run is not among the archive's files.
  case noRun(String)
  /// A run in the archive cannot be read.
  case badRun(String)
  /// There is no room to unpack the archive.
  case noRoom
  /// A run's program was not built from a clean commit. The commit is the one that the source differs from,
  /// if it is known.
  case uncommitted(run: String, commit: String?)
  /// The packing program was built from source that differs from its commit.
  case uncommittedPacker(commit: String)
  /// The commit of a run or of the packing program is not an ancestor of main.
  case notOfMain(String, commit: String)
  /// CITATION.cff states no licence, or no authors.
  case noCitation(String)

  /// The problem and its remedy, as the second half of a sentence.
  public var description: String {
    switch self {
    case .noProgram(let name): "\(name) cannot be started; install it"
    case .unreadable(let said):
      "this is no archive of vpebench, or it was cut off (\(said)); fetch it again, or make one with "
        + "`vpebench archive`"
    case .altered(let name, let found, let packed):
      "\(name) in it was changed after it was packed: its SHA-256 is \(found), and datapackage.json says "
        + "\(packed); fetch the archive again"
    case .missing(let name): "\(name), which datapackage.json lists, is not in it; fetch the archive again"
    case .unlisted(let name): "\(name) in it is not listed in datapackage.json; fetch the archive again"
    case .noFile(let name):
      "\(name) in it is a link or a device, which vpebench does not pack; fetch the archive from who made it"
    case .tooLarge(let name, let bytes):
      "\(name) in it has \(bytes) bytes, more than any file of a run; fetch the archive from who made it"
    case .noRun(let name):
      "datapackage.json lists the run \(name), which is not among the files; fetch the archive again"
    case .badRun(let said): "a run in it cannot be read: \(said)"
    case .noRoom: "there is no room to unpack it; free space, or set TMPDIR to a folder that has some"
    case .uncommitted(let run, let commit):
      "\(run) was built from source that differs from "
        + (commit.map { "commit \($0.prefix(12))" } ?? "any commit")
        + ", so nobody else has it; commit, build and run again, or pack it all the same with --allow-dirty"
    case .uncommittedPacker(let commit):
      "the program that packs, which writes the report, was built from source that differs from commit "
        + "\(commit.prefix(12)), so nobody else can rebuild it; commit, build and pack again, or pack all "
        + "the same with --allow-dirty"
    case .notOfMain(let what, let commit):
      "\(what) is of commit \(commit.prefix(12)), which is not on main, so that it may never be published; "
        + "merge it, or pack all the same with --allow-dirty"
    case .noCitation(let key): "CITATION.cff tells no \(key); restore it as the repository has it"
    }
  }
}
