import Experiments
import Foundation
import Testing

/// The committed JSON Schema, against the table of the checker and against what the checker does.
///
/// `VPEBENCH_UPDATE=1 swift test --filter DescriptorSchemaTests` writes the file anew.
@Suite struct DescriptorSchemaTests {
  static let file = DescriptorFixture.experiments.appending(path: "descriptor.schema.json")

  @Test func committedSchemaIsInStepWithTheChecker() throws {
    if ProcessInfo.processInfo.environment["VPEBENCH_UPDATE"] == "1" {
      try DescriptorSchema.text.write(to: Self.file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: Self.file, encoding: .utf8) == DescriptorSchema.text)
  }

  /// Limits that the schema states, tried out: the limit is accepted, one step beyond is refused.
  @Test(arguments: [
    ("sweep.frame_bytes", 64, 1518), ("sweep.extra_headroom_bytes", 0, 64), ("sweep.flows", 1, 65_536),
    ("sweep.window_size", 64, 4096), ("traffic.in_flight_frames", 64, 65_536), ("measure.windows", 1, 10_000),
    ("tunnel.protocol", 1, 255), ("tunnel.udp_port", 1, 65_535),
  ])
  func limitsOfTheSchemaAreThoseOfTheChecker(_ path: String, _ low: Int, _ high: Int) throws {
    let schema = try Self.property(path)
    #expect(schema["minimum"] == .number(Double(low)) && schema["maximum"] == .number(Double(high)))
    for (value, isAllowed) in [(low, true), (high, true), (low - 1, false), (high + 1, false)] {
      let problems = DescriptorFixture.problems(DescriptorFixture.text(), set: ["\(path)=\(value)"])
      #expect(problems.isEmpty == isAllowed, "\(path)=\(value)")
    }
  }

  @Test func choicesOfTheSchemaAreThoseOfTheTypes() throws {
    #expect(try Self.property("link")["enum"] == .array(LinkKind.allCases.map { .string($0.rawValue) }))
    #expect(try Self.property("sweep.aead")["enum"] == .array(AEADName.allCases.map { .string($0.rawValue) }))
  }

  @Test func defaultsOfTheSchemaAreThoseThatAreFilledIn() throws {
    let resolved = try DescriptorFixture.parse(DescriptorFixture.text()).resolved
    for path in ["measure.windows", "traffic.rate_mpps", "sweep.flows", "tunnel.udp_port", "link"] {
      var value: JSONValue? = resolved
      for key in path.split(separator: ".") { value = value?[String(key)] }
      #expect(try Self.property(path)["default"] == value, "\(path)")
    }
  }

  /// The schema of a member; of an axis, its own members together with those of its single values.
  private static func property(_ path: String) throws -> JSONObject {
    var schema = try JSONDecoder().decode(JSONValue.self, from: Data(DescriptorSchema.text.utf8))
    for key in path.split(separator: ".") {
      schema = try #require(schema["properties"]?[String(key)])
    }
    guard case .object(var object) = schema else { throw CocoaError(.coderValueNotFound) }
    if case .array(let alternatives)? = object["anyOf"], case .object(let single)? = alternatives.first {
      for key in single.keys { object[key] = single[key] }
    }
    return object
  }
}

extension JSONValue {
  fileprivate subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }
}
