import Foundation
import Results

/// The JSON Schema of descriptors, for completion in editors. It is derived from the shape that the checker
/// uses.
///
/// The schema describes single values; only `Descriptor.load` checks combinations.
public enum DescriptorSchema {
  /// The schema (draft 2020-12) as text. The published file has the same text.
  public static var text: String { Descriptor.shape.published(as: "vpebench experiment descriptor") }
}

extension Shape {
  /// The JSON Schema (draft 2020-12) of a file, as text.
  func published(as title: String) -> String {
    var schema: JSONObject = [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": .string(title),
    ]
    if case .object(let rest) = self.schema {
      for key in rest.keys { schema[key] = rest[key] }
    }
    return JSONValue.object(schema).rendered
  }
}

extension Shape.Field {
  /// The note, and the measured quantity to which the member belongs.
  fileprivate var noteWithCondition: String {
    condition.map { "\(note) For measure.what \($0.names) alone." } ?? note
  }
}

extension Shape {
  fileprivate var schema: JSONValue {
    switch self {
    case .text(let pattern):
      ["type": "string", "pattern": .string("^(?:\(pattern.expression))$")]
    case .boolean:
      ["type": "boolean"]
    case .integer(let range):
      Self.integer(range)
    case .integerOrText:
      ["anyOf": .array(alternatives)]
    case .number(let range, let isAboveOnly):
      [
        "type": "number",
        isAboveOnly ? "exclusiveMinimum" : "minimum": .number(range.lowerBound),
        "maximum": .number(range.upperBound),
      ]
    case .choice(let words):
      ["enum": .array(words.map { .string($0) })]
    case .word(let word, let other):
      ["anyOf": [["const": .string(word)], other.schema]]
    case .words:
      ["type": "array", "items": ["type": "string", "minLength": 1]]
    case .list(let element):
      Self.list(element)
    case .axis(let element):
      ["anyOf": .array(element.alternatives + [Self.list(element)] + element.rangeSchema)]
    case .object(let fields):
      Self.object(fields, isOverlay: false)
    case .overlay(let fields):
      Self.object(fields, isOverlay: true)
    }
  }

  /// The schemas of single values.
  private var alternatives: [JSONValue] {
    if case .integerOrText(let range, let pattern) = self {
      [Self.integer(range), Shape.text(pattern).schema]
    } else {
      [schema]
    }
  }

  private static func integer(_ range: ClosedRange<Int>) -> JSONValue {
    [
      "type": "integer", "minimum": .number(Double(range.lowerBound)),
      "maximum": .number(Double(range.upperBound)),
    ]
  }

  private static func list(_ element: Shape) -> JSONValue {
    ["type": "array", "items": element.schema, "minItems": 1, "uniqueItems": true]
  }

  /// The schema of ranges; an axis of integers accepts these as well as values and lists.
  private var rangeSchema: [JSONValue] {
    switch self {
    case .integer(let range), .integerOrText(let range, _):
      [Self.object(Self.range(range), isOverlay: false)]
    default: []
    }
  }

  private static func object(_ fields: [Field], isOverlay: Bool) -> JSONValue {
    var properties = JSONObject()
    var required: [JSONValue] = []
    for field in fields {
      guard case .object(let schema) = field.shape.schema else { continue }
      var property: JSONObject = ["description": .string(field.noteWithCondition)]
      for key in schema.keys { property[key] = schema[key] }
      switch field.presence {
      case .required where !isOverlay: required.append(.string(field.key))
      case .standard(let value) where !isOverlay: property["default"] = value
      default: break
      }
      properties[field.key] = .object(property)
    }
    var schema: JSONObject = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    if !required.isEmpty { schema["required"] = .array(required) }
    return .object(schema)
  }
}
