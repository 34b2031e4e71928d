import Cases
import Descriptors
import Foundation
import Roles

/// The crypto library behind DPDK's crypto device, measured by `dpdk-test-crypto-perf`: bursts of 64 through
/// the device's queues. The difference from the bare call is the cost of that layer.
package struct CryptodevPerf {
  static let program = "dpdk-test-crypto-perf"
  /// How to install the program, for messages.
  static let remedy = "`make peers` installs it"

  let point: Case
  let measure: Descriptor.Measure
  let cpus: [Int]
  let ticksPerSecond: UInt64
  let logPath: String
  let cryptoPlugin: String?

  /// Whether the program can be found.
  static var isHere: Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  /// Runs the program once for each operation.
  /// - Throws: `RunError`.
  func run() throws -> CostReport {
    let tallies = try measure.operations.compactMap { operation -> CostReport.Tally? in
      guard let word = Self.words[operation] else { return nil }
      let cycles = try cycles(word)
      return CostReport.Tally(
        operation: operation, packets: UInt64(measure.packets),
        ticks: UInt64(cycles * Double(measure.packets)))
    }
    return CostReport(tallies: tallies, ticksPerSecond: ticksPerSecond)
  }

  /// The program's names of the operations that it supports.
  private static let words: [MeasuredOperation: String] = [.seal: "encrypt", .open: "decrypt"]

  private var plugins: EALPlugins { EALPlugins(cryptoPlugin.map { [$0] } ?? []) }

  private func command(_ operation: String) -> [String] {
    let isChaCha = point.aead == .chaCha20Poly1305
    let device = isChaCha ? "crypto_chacha20_poly1305" : "crypto_aesni_gcm"
    let all = cpus.map(String.init).joined(separator: ",")
    let options = [
      "devtype": device, "aead-algo": isChaCha ? "chacha20-poly1305" : "aes-gcm",
      "aead-key-sz": "\((point.aead ?? .aes128GCM).keyBytes)", "aead-op": operation, "aead-iv-sz": "12",
      // The length of ESP's AAD: SPI and sequence number, extended or not.
      "aead-aad-sz": point.esn ? "12" : "8", "digest-sz": "16", "buffer-sz": "\(point.packetBytes)",
      "burst-sz": "64", "total-ops": "\(measure.packets)", "pool-sz": "\(measure.packetsInFlight)",
      "ptest": "throughput", "optype": "aead",
    ]
    return ["setpriv", "--pdeathsig", "KILL", "--", Self.program] + plugins.options + [
      "--lcores", "0@(\(all)),1@\(cpus.last ?? 0)",
      "--no-huge", "-m", "512", "--no-pci", "--no-telemetry", "--no-shconf", "--vdev", device + "0", "--",
      "--silent", "--csv-friendly",
    ] + options.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
  }

  private func cycles(_ operation: String) throws -> Double {
    let process = try PeerProcess(
      command(operation), named: Self.program, logPath: logPath, loading: plugins)
    let text = try process.output(within: 600)
    guard let cycles = Self.cycles(in: text) else {
      throw process.death() ?? .refused(role: Self.program, reason: "it told no cycles; see \(logPath)")
    }
    return cycles
  }

  /// The last column of the last row of figures: `lcore,buffer,burst,enqueued,…,cycles`.
  package static func cycles(in text: String) -> Double? {
    let rows = text.split(separator: "\n").map { $0.split(separator: ",") }
    let header = text.split(separator: "\n").first { $0.hasPrefix("#lcore id,") }?.split(separator: ",")
    guard let header, header.last == "Cycles/Buf",
      let row = rows.last(where: { $0.count == header.count && Int($0[0]) != nil })
    else { return nil }
    return row.last.flatMap { Double($0) }
  }
}
