import Foundation

/// A Frictionless Data Package (version 1) around a run: what its files are, and what each column means.
public struct DataPackage: Sendable {
  /// A file of the package that is no table.
  public struct Attachment: Sendable, Equatable {
    /// Path of the file, relative to the package's folder.
    public let path: String
    /// Its media type, such as `application/json`.
    public let mediaType: String
    /// One sentence that says what the file holds.
    public let description: String

    /// Makes an attachment from its parts.
    public init(path: String, mediaType: String, description: String) {
      self.path = path
      self.mediaType = mediaType
      self.description = description
    }
  }

  private let descriptor: Descriptor

  /// Describes a package.
  /// - Parameters:
  ///   - name: what the package is called; brought into the form that the specification asks for.
  ///   - title: one line for readers.
  ///   - tables: at least one, each in the file `NAME.csv` beside the package.
  ///   - attachments: further files. With any, the package's profile is `data-package`, as the specification
  ///     keeps `tabular-data-package` for packages of nothing but tables.
  public init(name: String, title: String, tables: [Table], attachments: [Attachment] = []) {
    descriptor = Descriptor(
      name: Self.identifier(name),
      profile: attachments.isEmpty ? "tabular-data-package" : "data-package",
      resources: tables.map(Resource.init(table:)) + attachments.map(Resource.init(attachment:)),
      title: title)
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

private struct Descriptor: Encodable {
  let name: String
  let profile: String
  let resources: [Resource]
  let title: String
}

private struct Resource: Encodable {
  let name: String
  let path: String
  let profile: String
  let encoding: String
  let format: String
  let mediatype: String
  var title: String?
  var description: String?
  var dialect: Dialect?
  var schema: Schema?

  init(table: Table) {
    name = DataPackage.identifier(table.name)
    path = "\(table.name).csv"
    profile = "tabular-data-resource"
    encoding = "utf-8"
    format = "csv"
    mediatype = "text/csv"
    title = table.title
    dialect = Dialect()
    schema = Schema(fields: table.columns.map(Schema.Field.init(column:)))
  }

  init(attachment: DataPackage.Attachment) {
    let url = URL(fileURLWithPath: attachment.path)
    name = DataPackage.identifier(url.deletingPathExtension().lastPathComponent)
    path = attachment.path
    profile = "data-resource"
    encoding = "utf-8"
    format = url.pathExtension
    mediatype = attachment.mediaType
    description = attachment.description
  }
}

/// How our CSV differs from what the specification presumes.
private struct Dialect: Encodable {
  let lineTerminator = "\n"
}

private struct Schema: Encodable {
  struct Field: Encodable {
    let name: String
    let type: String
    let description: String
    /// Not of the specification, which allows further properties.
    let unit: String?

    init(column: Column) {
      name = column.name
      type = column.type.rawValue
      description = column.description
      unit = column.unit
    }
  }

  let fields: [Field]
  let missingValues = [""]
}
