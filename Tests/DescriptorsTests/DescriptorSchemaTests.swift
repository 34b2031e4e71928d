import Cases
import Descriptors
import Foundation
import TestRuns
import Testing

/// The committed JSON Schema, compared with the checker's table and behaviour.
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

  /// Limits that the schema states, tried with the checker.
  @Test(arguments: [
    ("sweep.frame_bytes", 64, 1518), ("sweep.extra_headroom_bytes", 0, 64), ("sweep.flows", 1, 65_536),
    ("sweep.window_size", 64, 65_536), ("traffic.in_flight_frames", 64, 65_536),
    ("measure.windows", 1, 10_000),
    ("tunnel.protocol", 2, 255), ("tunnel.udp_port", 1, 65_535),
  ])
  func limitsOfTheSchemaAreThoseOfTheChecker(_ path: String, _ low: Int, _ high: Int) throws {
    try Self.tryLimits(path, low, high, DescriptorFixture.text())
  }

  @Test(arguments: [
    ("sweep.frame_bytes", 64, 1518), ("sweep.extra_headroom_bytes", 0, 64),
    ("measure.repetitions", 1, 1000), ("measure.packets", 1000, 1_000_000_000),
    ("measure.packets_in_flight", 64, 131_072),
  ])
  func limitsOfPacketCostAreThoseOfTheChecker(_ path: String, _ low: Int, _ high: Int) throws {
    try Self.tryLimits(path, low, high, DescriptorFixture.text("measure: { what: 'packet-cost' }"))
  }

  @Test func limitsOfLongPacketsAreThoseOfTheChecker() throws {
    let text = DescriptorFixture.text(
      systems: #"["vpe"]"#,
      "measure: { what: 'packet-cost', packets_in_flight: 64 }, sweep: { buffers: 'chained' }")
    try Self.tryLimits("sweep.packet_bytes", 28, 9000, text)
  }

  /// The limits themselves are accepted; values one step beyond are refused.
  private static func tryLimits(_ path: String, _ low: Int, _ high: Int, _ text: String) throws {
    let schema = try property(path)
    #expect(schema["minimum"] == .number(Double(low)) && schema["maximum"] == .number(Double(high)))
    for (value, isAllowed) in [(low, true), (high, true), (low - 1, false), (high + 1, false)] {
      let problems = DescriptorFixture.problems(text, set: ["\(path)=\(value)"])
      #expect(problems.isEmpty == isAllowed, "\(path)=\(value)")
    }
  }

  @Test func choicesOfTheSchemaAreThoseOfTheTypes() throws {
    #expect(try Self.property("link")["enum"] == .array(LinkKind.selectable.map { .string($0.rawValue) }))
    #expect(
      try Self.property("sweep.aead")["enum"] == .array(AEADAlgorithm.allCases.map { .string($0.rawValue) }))
    let operations = try Self.property("measure.operations")["items"]
    #expect(operations == ["enum": .array(MeasuredOperation.allCases.map { .string($0.rawValue) })])
  }

  @Test func defaultsOfTheSchemaAreThoseThatAreFilledIn() throws {
    let descriptors = [
      "throughput": ["measure.windows", "traffic.rate_mpps", "sweep.flows", "tunnel.udp_port", "link"],
      "packet-cost": [
        "measure.repetitions", "measure.packets", "measure.packets_in_flight", "measure.operations",
      ],
    ]
    for (what, paths) in descriptors {
      let text = DescriptorFixture.text("measure: { what: '\(what)' }")
      let resolved = try DescriptorFixture.parse(text).resolved
      for path in paths {
        var value: JSONValue? = resolved
        for key in path.split(separator: ".") { value = value?[String(key)] }
        #expect(try Self.property(path)["default"] == value, "\(path)")
      }
    }
  }

  @Test func schemaSaysWhatAMemberBelongsTo() throws {
    for (path, what) in [("sweep.packet_bytes", "packet-cost"), ("measure.windows", "throughput")] {
      guard case .string(let note)? = try Self.property(path)["description"] else {
        throw CocoaError(.coderValueNotFound)
      }
      #expect(note.hasSuffix("For measure.what \"\(what)\" alone."))
    }
  }

  /// The schema of a member; for an axis, its own members together with those of its single values.
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
