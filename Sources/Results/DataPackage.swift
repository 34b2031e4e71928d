import Foundation

/// A Frictionless Data Package (version 1) around a run: what its files are, and what each column means.
public struct DataPackage: Sendable {
  private var descriptor: Descriptor

  /// Describes a package.
  /// - Parameters:
  ///   - name: what the package is called; brought into the form that the specification asks for.
  ///   - title: one line for readers.
  ///   - tables: at least one, each in the file `NAME.csv` beside the package.
  ///   - attachments: further files. With any, the package's profile is `data-package`, as the specification
  ///     keeps `tabular-data-package` for packages of nothing but tables.
  package init(name: String, title: String, tables: [Table], attachments: [Resource] = []) {
    descriptor = Descriptor(
      name: Self.identifier(name),
      profile: attachments.isEmpty ? "tabular-data-package" : "data-package",
      resources: tables.map(Resource.init(table:)) + attachments,
      title: title)
  }

  /// Describes a package of several runs, with what else a repository asks for.
  /// - Parameters:
  ///   - runs: their folders, in the order of the report.
  ///   - packer: the program that wrote the report.
  ///   - uncommitted: the runs whose program was not built from a commit of main.
  package init(
    name: String, title: String, resources: [Resource], version: String, created: String, license: String,
    authors: [String], runs: [String], packer: Packer, uncommitted: [String]
  ) {
    var descriptor = Descriptor(
      name: Self.identifier(name), profile: "data-package", resources: resources, title: title)
    descriptor.version = version
    descriptor.created = created
    descriptor.licenses = [License(name: license, path: "LICENSE")]
    descriptor.contributors = authors.map { Contributor(title: $0, role: "author") }
    descriptor.runs = runs
    descriptor.packer = packer
    descriptor.uncommitted = uncommitted.isEmpty ? nil : uncommitted
    self.descriptor = descriptor
  }

  /// Reads what `encode()` wrote; nil if it is no such file.
  package init?(json: Data) {
    guard let descriptor = try? JSONDecoder().decode(Descriptor.self, from: json) else { return nil }
    self.descriptor = descriptor
  }

  package var resources: [Resource] { descriptor.resources }
  /// Folders of the runs; empty of a package of one run.
  package var runs: [String] { descriptor.runs ?? [] }
  package var version: String? { descriptor.version }
  /// The program that wrote the report; nil in archives before it was recorded.
  package var packer: Packer? { descriptor.packer }
  /// The SHA-256 of files, hexadecimal, by their paths.
  package var hashes: [String: String] {
    Dictionary(
      resources.compactMap { resource in
        resource.hash.map { (resource.path, $0.replacing("sha256:", with: "")) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Notes the SHA-256 of its files, hexadecimal, by their paths.
  package mutating func note(hashes: [String: String]) {
    for index in descriptor.resources.indices {
      descriptor.resources[index].hash = hashes[descriptor.resources[index].path].map { "sha256:\($0)" }
    }
  }

  /// `datapackage.json`: the same bytes for the same package.
  public func encode() -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(descriptor) else {
      preconditionFailure("a descriptor holds strings and booleans only, which JSON can always express")
    }
    return json + Data("\n".utf8)
  }

  /// `name` with all but lower-case letters, digits and `.-_` replaced by hyphens.
  fileprivate static func identifier(_ name: String) -> String {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
    return String(name.lowercased().map { allowed.contains($0) ? $0 : "-" })
  }
}

// The JSON's structure; names as in the specification.
extension DataPackage {
  private struct Descriptor: Codable {
    let name: String
    let profile: String
    var resources: [Resource]
    let title: String
    var version: String?
    var created: String?
    var licenses: [License]?
    var contributors: [Contributor]?
    // This and the next properties are ours; the specification allows further properties.
    var runs: [String]?
    var packer: Packer?
    var uncommitted: [String]?
  }

  /// The source of the program that packed, and the gnuplot that drew, as far as they are known.
  package struct Packer: Codable, Sendable, Equatable {
    package let commit: String?
    package let gitDirty: Bool?
    package let gnuplot: String?

    package init(commit: String?, gitDirty: Bool?, gnuplot: String?) {
      (self.commit, self.gitDirty, self.gnuplot) = (commit, gitDirty, gnuplot)
    }
  }

  private struct License: Codable {
    let name: String
    let path: String
  }

  private struct Contributor: Codable {
    let title: String
    let role: String
  }

  /// A file of a package.
  package struct Resource: Codable {
    private(set) var name: String
    package var path: String
    private let profile: String
    private let encoding: String
    private let format: String
    private let mediatype: String
    private var title: String?
    private var description: String?
    private var dialect: Dialect?
    private var schema: Schema?
    package var hash: String?

    private init(
      name: String, path: String, profile: String = "data-resource", format: String, _ mediaType: String
    ) {
      (self.name, self.path, self.profile) = (DataPackage.identifier(name), path, profile)
      (encoding, self.format, mediatype) = ("utf-8", format, mediaType)
    }

    package init(table: Table) {
      self.init(
        name: table.name, path: "\(table.name).csv", profile: "tabular-data-resource", format: "csv",
        "text/csv")
      title = table.title
      dialect = Dialect()
      schema = Schema(fields: table.columns.map(Schema.Field.init(column:)))
    }

    /// A file that is no table, by its media type and a sentence that says what it holds.
    package init(_ path: String, _ mediaType: String, _ description: String) {
      let url = URL(fileURLWithPath: path)
      self.init(
        name: url.deletingPathExtension().lastPathComponent, path: path, format: url.pathExtension, mediaType)
      self.description = description
    }

    /// A file whose name's extension determines its type.
    package init(file path: String) {
      let types = [
        "md": "text/markdown", "html": "text/html", "svg": "image/svg+xml", "json": "application/json",
        "csv": "text/csv",
      ]
      // A journal is for people and `--resume`: as lines of JSON it would be taken for a table.
      let kind = URL(fileURLWithPath: path).pathExtension.replacing("jsonl", with: "txt")
      self.init(
        name: path, path: path, format: kind.isEmpty ? "txt" : kind, types[kind] ?? "text/plain")
    }

    /// The file of a run in a package of several runs: its name contains the run, and its rows have the keys
    /// of their table.
    package func moved(to folder: String, as run: String) -> Resource {
      var resource = self
      let prefix = DataPackage.identifier(run)
      resource.path = "\(folder)/\(path)"
      resource.name = "\(prefix)-\(name)"
      resource.schema?.primaryKey = Schema.keys[name]
      if let own = Schema.references[name] {
        resource.schema?.foreignKeys = [
          Schema.ForeignKey(
            fields: own.fields,
            reference: Schema.Reference(resource: "\(prefix)-samples", fields: own.ofSamples))
        ]
      }
      return resource
    }
  }

  /// How our CSV differs from what the specification presumes.
  private struct Dialect: Codable {
    var lineTerminator = "\n"
  }

  private struct Schema: Codable {
    struct Field: Codable {
      let name: String
      let type: String
      let description: String
      /// Our own property; the specification allows further ones.
      let unit: String?

      init(column: Column) {
        name = column.name
        type = column.type.rawValue
        description = column.description
        unit = column.unit
      }
    }

    struct ForeignKey: Codable {
      let fields: [String]
      let reference: Reference
    }

    struct Reference: Codable {
      let resource: String
      let fields: [String]
    }

    let fields: [Field]
    var missingValues = [""]
    var primaryKey: [String]?
    var foreignKeys: [ForeignKey]?

    init(fields: [Field]) { self.fields = fields }

    /// The keys that identify a row of each table.
    static let keys = [
      "samples": ["case", "basis", "sample"], "summary": ["case", "basis", "metric"],
      "states": ["case", "basis", "machine_state", "metric"],
      "stages": ["case", "basis", "role", "stage", "thread"],
      "placements": ["case", "direction", "thread"],
      "searches": ["case", "basis", "sample", "goal"], "trials": ["case", "basis", "sample", "trial"],
      "ratios": ["numerator_case", "denominator_case", "basis", "metric"],
    ]

    /// The reference from a table's row to its samples.
    static let references = [
      "summary": (fields: ["case", "basis"], ofSamples: ["case", "basis"]),
      "states": (fields: ["case", "basis"], ofSamples: ["case", "basis"]),
      "stages": (fields: ["case", "basis"], ofSamples: ["case", "basis"]),
      "ratios": (fields: ["numerator_case", "basis"], ofSamples: ["case", "basis"]),
      "searches": (fields: ["case", "basis", "sample"], ofSamples: ["case", "basis", "sample"]),
      "trials": (fields: ["case", "basis", "sample"], ofSamples: ["case", "basis", "sample"]),
    ]
  }
}
