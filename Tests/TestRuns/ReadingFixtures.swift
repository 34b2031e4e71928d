import Cases
import Foundation
import Reports
import Results

/// A run in memory, and on disk as a run writes it.
package struct MadeRun {
  package var name: String
  package var records: [SampleRecord]
  package var environment = Environment(
    timeUtc: "2026-11-20T13:18:24Z", commandLine: ["vpebench", "run", "experiments/figure-5.json5"], seed: 1,
    software: .init(vpebench: "0.1.0", gitCommit: "0123456789abcdef", gitDirty: false), cpu: .init(),
    memory: .init(bytes: nil, hugePages: [], transparentHugePages: nil),
    system: .init(
      name: nil, kernel: nil, kernelCommandLine: nil, virtualMachine: false, hypervisor: nil, mitigations: [:]
    ),
    networkDevices: [])
  package var analyses: [CurveAnalysis]
  /// A further line of the descriptor.
  package var descriptor: String

  package init(
    name: String = "figure-5", records: [SampleRecord] = [], analyses: [CurveAnalysis] = [],
    descriptor: String = ""
  ) {
    (self.name, self.records, self.analyses, self.descriptor) = (name, records, analyses, descriptor)
  }

  /// Writes the run below `output`.
  package func write(to output: String) throws -> RunDirectory {
    let run = try opened(in: output)
    try run.writeTables(from: records, title: "Why?", analyses: analyses)
    return run
  }

  /// The run as it is read back. Readers need no summary, which takes longest to compute.
  package func reading() throws -> RunReading {
    let folder = try TemporaryFolder()
    let run = try opened(in: folder.path)
    try run.write(CSV.encode(Schemas.samples(records)), to: .samples)
    if !analyses.isEmpty { try run.write(CSV.encode(Schemas.analysis(analyses)), to: .analysis) }
    return try RunReading(path: run.path)
  }

  private func opened(in output: String) throws -> RunDirectory {
    let run = try RunDirectory.create(in: output, name: name)
    try run.write(try environment.json(), to: .environment)
    try run.write(
      Data("// as run\n{ name: \"\(name)\", question: \"Why?\", \(descriptor) }\n".utf8), to: .descriptor)
    return run
  }
}

/// A sample with coordinates of its own.
package func record(
  _ system: String, threads: Int = 2, frameBytes: Int = 64, headroom: Int = 0, sample: Int = 0,
  basis: Basis = .capacity, axes: [String: String] = [:], _ metrics: [String: Double], valid: Bool = true,
  gaps: [String] = [], link: String = "ring", aead: String = "aes-128-gcm"
) -> SampleRecord {
  SampleRecord(
    coordinates: CaseCoordinates(
      name: "\(system)-\(aead == "aes-128-gcm" ? "" : "\(aead)-")\(frameBytes)B-\(threads)t-\(headroom)h"
        + axes.sorted { $0.key < $1.key }.map { "-\($0.key)\($0.value)" }.joined(),
      system: system, aead: aead, threads: threads, frameBytes: frameBytes,
      extraHeadroomBytes: headroom, link: link, axes: axes),
    sample: sample, startedAt: "2026-11-20T13:18:24Z", basis: basis, windowSeconds: 1, metrics: metrics,
    counts: ["frames_sent": 10], valid: valid, faults: valid ? [] : ["a frame was lost"], gaps: gaps,
    stages: [])
}

/// Samples of one case with the given throughputs, repetition by repetition.
package func throughputs(
  _ system: String, threads: Int = 2, frameBytes: Int = 64, basis: Basis = .capacity, _ values: [Double]
) -> [SampleRecord] {
  values.enumerated().map { repetition, value in
    record(
      system, threads: threads, frameBytes: frameBytes, sample: repetition, basis: basis,
      [basis.throughputMetric: value])
  }
}

/// The folder of vpebench, which is that of the tests' sources.
package func suiteFolder(_ file: String = #filePath) throws -> SuiteFolder {
  try SuiteFolder.find(workingFolder: file, executable: "/")
}

/// The Markdown of a report: the page and the details.
package func allMarkdown(of report: Report) -> String {
  report.files().filter { $0.name.hasSuffix(".md") }.map { String(decoding: $0.data, as: UTF8.self) }
    .joined(separator: "\n")
}

/// The message of the error that `body` throws; empty if it throws none.
package func sentence(_ body: () throws -> some Any) -> String {
  do {
    _ = try body()
    return ""
  } catch {
    return "\(error)"
  }
}
