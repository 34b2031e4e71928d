import Foundation

/// A Frictionless Data Package (version 1) that describes a run's files and the columns of its tables.
public struct DataPackage: Sendable {
  private var descriptor: Descriptor

  /// Describes a package.
  /// - Parameters:
  ///   - name: the package's name; converted to the form that the specification demands.
  ///   - title: one line for readers.
  ///   - tables: at least one table; each is in the file `NAME.csv` beside the package.
  ///   - attachments: further files. With attachments the package's profile is `data-package`, because the
  ///     specification reserves `tabular-data-package` for packages that have only tables.
  package init(name: String, title: String, tables: [Table], attachments: [Resource] = []) {
    descriptor = Descriptor(
      name: Self.identifier(name),
      profile: attachments.isEmpty ? "tabular-data-package" : "data-package",
      resources: tables.map(Resource.init(table:)) + attachments,
      title: title)
  }

  /// Describes a package of several runs, with the properties that archives need.
  /// - Parameters:
  ///   - runs: the runs' folders, in the order of the report.
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

  /// Reads the output of `encode()`; nil if the text is anything else.
  package init?(json: Data) {
    guard let descriptor = try? JSONDecoder().decode(Descriptor.self, from: json) else { return nil }
    self.descriptor = descriptor
  }

  package var resources: [Resource] { descriptor.resources }
  /// Folders of the runs; empty for a package of a single run.
  package var runs: [String] { descriptor.runs ?? [] }
  package var version: String? { descriptor.version }
  /// The program that wrote the report; nil in old archives, which did not record it.
  package var packer: Packer? { descriptor.packer }
  /// The SHA-256 of each file in hexadecimal, by its path.
  package var hashes: [String: String] {
    Dictionary(
      resources.compactMap { resource in
        resource.hash.map { (resource.path, $0.replacing("sha256:", with: "")) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Records the SHA-256 of the files, in hexadecimal, by their paths.
  package mutating func note(hashes: [String: String]) {
    for index in descriptor.resources.indices {
      descriptor.resources[index].hash = hashes[descriptor.resources[index].path].map { "sha256:\($0)" }
    }
  }

  /// The content of `datapackage.json`. The same package gives the same bytes.
  public func encode() -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(descriptor) else {
      preconditionFailure("a descriptor holds strings and booleans only, which JSON can always express")
    }
    return json + Data("\n".utf8)
  }

  /// `name` in lower case; every character other than a letter, a digit or one of `.-_` becomes a hyphen.
  fileprivate static func identifier(_ name: String) -> String {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
    return String(name.lowercased().map { allowed.contains($0) ? $0 : "-" })
  }
}

// The structure of the JSON; names follow the specification.
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
    // This property and those below are vpebench's own, which the specification allows.
    var runs: [String]?
    var packer: Packer?
    var uncommitted: [String]?
  }

  /// The commit of the packing program and the version of gnuplot, as far as they are known.
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

    /// A file that is not a table, with its media type and a sentence about its content.
    package init(_ path: String, _ mediaType: String, _ description: String) {
      let url = URL(fileURLWithPath: path)
      self.init(
        name: url.deletingPathExtension().lastPathComponent, path: path, format: url.pathExtension, mediaType)
      self.description = description
    }

    /// A file whose type follows from the name's extension.
    package init(file path: String) {
      let types = [
        "md": "text/markdown", "html": "text/html", "svg": "image/svg+xml", "json": "application/json",
        "csv": "text/csv",
      ]
      // `jsonl` becomes `txt`: a journal is for people and for `--resume`, but as JSON lines it would be
      // taken for a table.
      let kind = URL(fileURLWithPath: path).pathExtension.replacing("jsonl", with: "txt")
      self.init(
        name: path, path: path, format: kind.isEmpty ? "txt" : kind, types[kind] ?? "text/plain")
    }

    /// This file as part of a package of several runs. Its name contains the run, and it states the keys of
    /// its table.
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

  /// Where vpebench's CSV differs from the specification's default.
  private struct Dialect: Codable {
    var lineTerminator = "\n"
  }

  private struct Schema: Codable {
    struct Field: Codable {
      let name: String
      let type: String
      let description: String
      /// vpebench's own property, which the specification allows.
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

    /// The columns that identify a row, for each table.
    static let keys = [
      "samples": ["case", "basis", "sample"], "summary": ["case", "basis", "metric"],
      "states": ["case", "basis", "machine_state", "metric"],
      "stages": ["case", "basis", "role", "stage", "thread"],
      "placements": ["case", "direction", "thread"],
      "searches": ["case", "basis", "sample", "goal"], "trials": ["case", "basis", "sample", "trial"],
      "ratios": ["numerator_case", "denominator_case", "basis", "metric"],
    ]

    /// The columns by which a table's row refers to its samples.
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
