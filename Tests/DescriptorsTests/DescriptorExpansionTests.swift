import Descriptors
import Foundation
import TestRuns
import Testing

/// The cases of every committed descriptor, with their names and their order, to which results refer.
@Suite struct DescriptorExpansionTests {
  @Test func everyExperimentHasTheCasesThatItHad() throws {
    var lines: [String] = []
    for file in try FileManager.default.contentsOfDirectory(atPath: DescriptorFixture.experiments.path)
      .sorted()
    where file.hasSuffix(".json5") {
      for quick in [false, true] {
        let url = DescriptorFixture.experiments.appendingPathComponent(file)
        let names = try Descriptor.load(file: url, quick: quick, set: []).cases.map(\.name)
        lines.append("\(file.dropLast(6))\(quick ? " --quick" : ""): \(names.count)")
        // Of a long list, the test keeps both ends and a hash.
        let shown = names.count <= 60 ? names : [names[0], "… FNV-1a \(Self.hash(names))", names.last ?? ""]
        lines += shown.map { "  \($0)" }
      }
    }
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden/cases.txt")
    let expected = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines == expected)
    #expect(Set(lines).count > 100)
  }

  private static func hash(_ names: [String]) -> String {
    let value = names.joined(separator: "\n").utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
