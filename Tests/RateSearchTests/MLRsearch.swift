import Foundation
import RateSearch

/// The reference controller of RFC 9971 (PyPI: MLRsearch), which asks for its trials over a pipe.
struct MLRsearch {
  struct Failure: Error { let description: String }
  private struct Setup: Encodable {
    let goals: [RateGoal]
    let minLoad, maxLoad, secondsMax: Double
  }
  private struct Line: Decodable {
    var load: Double?
    var seconds: Double?
    var results: [Bound]?
  }
  struct Bound: Decodable { let lower, upper, conditionalThroughput: Double? }

  private let setup: Setup

  init(_ goals: [RateGoal], loads: ClosedRange<Double>, secondsMax: Double) {
    setup = Setup(
      goals: goals, minLoad: loads.lowerBound, maxLoad: loads.upperBound, secondsMax: secondsMax)
  }

  func run(on device: inout SimulatedDevice) throws -> (results: [Bound], trials: Int) {
    guard let python = ProcessInfo.processInfo.environment["VPEBENCH_ORACLES"] else {
      throw Failure(description: "set VPEBENCH_ORACLES, or use `make test`")
    }
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("oracles/rate_search.py").path
    ]
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    defer { process.waitUntilExit() }
    func tell(_ line: some Encodable) throws {
      try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(line) + Data("\n".utf8))
    }
    try tell(setup)
    var (pending, trials) = (Data(), 0)
    while true {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw Failure(description: "the reference controller ended without a result") }
      pending += data
      while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = try JSONDecoder().decode(Line.self, from: pending[..<end])
        pending = Data(pending[(end + 1)...])
        if let results = line.results { return (results, trials) }
        guard let load = line.load else { throw Failure(description: "a line without a load") }
        trials += 1
        try tell(["loss_ratio": device.lossRatio(at: load)])
      }
    }
  }
}
