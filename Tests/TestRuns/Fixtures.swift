import Cases
import Foundation
import Results

/// A sample with two threads on ring links. Arguments that a test omits do not matter to it.
package func sample(
  _ system: String = "vpe", frameBytes: Int = 1420, axes: [String: String] = [:], sample: Int = 0,
  basis: Basis = .measured, metrics: [String: Double] = [:], counts: [String: UInt64] = [:],
  valid: Bool = true, faults: [String] = [], gaps: [String] = [], stages: [StageRecord] = []
) -> SampleRecord {
  SampleRecord(
    coordinates: CaseCoordinates(
      name: "\(system)-aes128gcm-\(frameBytes)B-2t-0h", system: system, aead: "aes128gcm", threads: 2,
      frameBytes: frameBytes, extraHeadroomBytes: 0, link: "ring", axes: axes),
    sample: sample, startedAt: "2026-11-20T13:18:24Z", basis: basis, windowSeconds: 0.5, metrics: metrics,
    counts: counts, valid: valid, faults: faults, gaps: gaps, stages: stages)
}

/// A seal stage of gateway A.
package func stage(
  thread: Int = 0, core: Int = 1, received: UInt64 = 0, transmitted: UInt64 = 0,
  drops: [String: UInt64] = [:],
  windowPackets: UInt64 = 0, busyCycles: UInt64 = 0, busyPolls: UInt64 = 0
) -> StageRecord {
  StageRecord(
    role: "gateway-a", stage: "seal", thread: thread, core: core, received: received,
    transmitted: transmitted, dropped: drops.values.reduce(0, +), drops: drops, windowPackets: windowPackets,
    busyCycles: busyCycles, busyPolls: busyPolls, emptyPolls: 3, stalledPolls: 1, stalledCycles: 500)
}

/// A temporary folder for a test. It is removed with its content when the test releases it.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Path of a file in the folder.
  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of the files in the folder, hidden ones included.
  package var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}

/// The text of a file.
package func text(of path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
