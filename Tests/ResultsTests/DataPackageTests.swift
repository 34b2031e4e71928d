import Foundation
import Results
import TestRuns
import TestSupport
import Testing

@Suite struct DataPackageTests {
  static let table = Table(
    name: "rates", title: "Rates, a case a row",
    columns: [
      Column("case", .string, "The case."), Column("goodput_gbps", .number, unit: "Gbit/s", "The goodput."),
    ],
    rows: [[.text("vpe"), .number(1.5)]])

  @Test func snapshot() {
    let package = DataPackage(name: "Figure 5", title: "What does it cost?", tables: [Self.table])
    #expect(
      String(decoding: package.encode(), as: UTF8.self) == #"""
        {
          "name" : "figure-5",
          "profile" : "tabular-data-package",
          "resources" : [
            {
              "dialect" : {
                "lineTerminator" : "\n"
              },
              "encoding" : "utf-8",
              "format" : "csv",
              "mediatype" : "text/csv",
              "name" : "rates",
              "path" : "rates.csv",
              "profile" : "tabular-data-resource",
              "schema" : {
                "fields" : [
                  {
                    "description" : "The case.",
                    "name" : "case",
                    "type" : "string"
                  },
                  {
                    "description" : "The goodput.",
                    "name" : "goodput_gbps",
                    "type" : "number",
                    "unit" : "Gbit/s"
                  }
                ],
                "missingValues" : [
                  ""
                ]
              },
              "title" : "Rates, a case a row"
            }
          ],
          "title" : "What does it cost?"
        }

        """#)
  }

  @Test func attachmentsAreListedWithoutASchema() throws {
    let package = DataPackage(
      name: "smoke", title: "Does it run?", tables: [Self.table],
      attachments: [DataPackage.Resource("environment.json", "application/json", "The machine.")])
    let text = String(decoding: package.encode(), as: UTF8.self)
    #expect(text.contains(#""profile" : "data-package""#))
    #expect(text.contains(#""path" : "environment.json""#))
    #expect(text.components(separatedBy: #""schema""#).count == 2)
  }

  @Test(arguments: [false, true])
  func frictionlessAcceptsARun(withAttachments: Bool) throws {
    let folder = try TemporaryFolder()
    let run = try RunDirectory.create(in: folder.path, name: "figure-5")
    if withAttachments {
      try run.write(Data("{\"cores\": 2}\n".utf8), to: .environment)
      try run.write(Data("// JSON5\n{ name: 'figure-5' }\n".utf8), to: .descriptor)
    }
    let stages = [
      stage(received: .max, drops: ["replayed": 1], windowPackets: 3, busyCycles: 100, busyPolls: 1)
    ]
    let records =
      SchemasTests.records + [
        sample("baseline", axes: ["rate": "0.5"], counts: ["frames_sent": .max], stages: stages)
      ]
    try run.writeTables(from: records + SystemPairTests.records, title: "What does it cost?")
    #expect(FileManager.default.fileExists(atPath: run.path(of: .ratios)))
    let (status, output) = try Oracle.frictionless(validate: run.path(of: .dataPackage))
    #expect(status == 0, "\(output)")
  }

  @Test func frictionlessFindsACellOfTheWrongType() throws {
    let folder = try TemporaryFolder()
    let run = try RunDirectory.create(in: folder.path, name: "figure-5")
    try run.writeTables(from: SchemasTests.records, title: "What does it cost?")
    let damaged = try text(of: run.path(of: .samples)).replacingOccurrences(of: ",1420,", with: ",many,")
    try run.write(Data(damaged.utf8), to: .samples)
    let (status, output) = try Oracle.frictionless(validate: run.path(of: .dataPackage))
    #expect(status == 1)
    #expect(output.contains("type-error"))
  }
}
