import Foundation

/// Descriptors whose runs take seconds, and a suite of them.
enum Tiny {
  /// Ring links with null, esp-single, vpe, and a pipeline whose stages are measured first; a case each.
  /// - Parameter isCut: whether frames may be cut, which the null format does not support.
  static func throughput(
    _ name: String, hasPipeline: Bool = true, isCut: Bool = false, windows: Int, launches: Int = 10,
    axis: String = "", rate: Double? = nil
  ) -> String {
    let systems =
      (isCut ? [] : ["null"]) + ["esp-single"] + (hasPipeline ? ["esp-pipeline"] : [])
      + ["vpe"]
    return """
      {
        name: "\(name)", question: "Is \(name) small?", systems: \(systems),
        sweep: {
          threads: [2], \(hasPipeline ? "threads_of: { \"esp-pipeline\": [3] }, " : "")
          frame_bytes: [\(isCut ? 1518 : 64)], \(axis)
        },
        measure: {
          what: "throughput", launches: \(launches), windows: \(windows), window_seconds: 0.1,
          warm_up_seconds: 0.05,
        },
        \(rate.map { "traffic: { rate_mpps: \($0) }," } ?? "")
      }
      """
  }

  /// Single gateways between a tester's ports, a sample each.
  static func alone(_ name: String, systems: [String], link: String) -> String {
    """
    {
      name: "\(name)", question: "Is \(name) small?", systems: \(systems), link: "\(link)",
      measure: { what: "throughput", setup: "dut", windows: 1 }, black_box: { packets: 20000 },
    }
    """
  }

  /// Two rate searches of each system, so coarse that they take a second.
  /// - Parameter measure: further members of `measure`.
  static func rates(_ name: String, _ measure: String = "", sweep: String = "") -> String {
    """
    {
      name: "\(name)", question: "Is \(name) small?", systems: ["esp-single", "vpe"],
      sweep: { \(sweep) },
      measure: {
        what: "rate-search", searches: 2, trial_seconds: 0.02, duration_sum_seconds: 0.02, width: 0.3,
        search_seconds: 20, \(measure)
      },
    }
    """
  }

  /// Packet costs: one thread, packets in memory.
  static func packetCost(
    _ name: String, bytes: [Int], tunnels: [Int] = [1], senders: [Int] = [1], headrooms: [Int] = [0],
    axes: String = "", buffers: [String] = ["single"], isPlain: Bool = false, operation: String = "seal",
    systems: [String]? = nil, repetitions: Int
  ) -> String {
    let floors = tunnels == [1] ? ["raw", "raw-aad"] : []
    return """
      {
        name: "\(name)", question: "Is \(name) small?",
        systems: \(systems ?? floors + ["esp-single", "vpe"]), headroom: "\(isPlain ? "plain" : "aligned")",
        sweep: {
          packet_bytes: \(bytes), tunnels: \(tunnels), senders: \(senders), aead: "aes-128-gcm",
          extra_headroom_bytes: \(headrooms), buffers: \(buffers), \(axes)
        },
        measure: {
          what: "packet-cost", operations: ["\(operation)"], packets: 4096, packets_in_flight: 1024,
          repetitions: \(repetitions),
        },
      }
      """
  }

  /// The experiments of a reproduction in order, with the number of samples of the small ones.
  static let experiments = [
    ("figure-5", 6), ("baseline", 3), ("ring-solo", 6), ("figure-6", 8), ("scaling-today", 8),
    ("steering", 8), ("figure-7", 36), ("figure-8", 12), ("hot-path", 12), ("floor", 12), ("ladder", 48),
    ("formats", 12), ("frame-sizes", 6), ("rates", 4), ("rates-open", 4), ("latency", 4), ("windows", 6),
    ("tunnels", 12), ("multicast", 12),
    ("jumbo", 48), ("fragments", 24), ("gateway-fragments", 8), ("tfc", 20),
    ("fill", 20), ("rekey", 20), ("hash-key", 8),
    ("replay-flood", 10), ("forgery-flood", 10), ("qos", 10), ("multipath", 10), ("versions", 24),
    ("nat", 24), ("transport", 15),
  ]

  /// For experiments that sweep one axis of gateways: the axis, and the number of windows of a case.
  private static let axes = [
    "replay-flood": ("replayed_percent: [0, 50]", 2), "forgery-flood": ("forged_percent: [0, 50]", 2),
    "gateway-fragments": ("fragments: ['none', 'copied']", 2), "tfc": ("pad_bytes: [0, 1500]", 4),
    "fill": ("fill_kpps: [0, 50]", 4), "rekey": ("rekey_ms: [0, 50]", 4),
    "hash-key": ("steering: ['hash'], hash_key_ms: [0, 20]", 2), "qos": (late, 2), "multipath": (late, 2),
  ]
  private static let late = "flows: 63, window_size: 64, late_packets: [16, 96]"

  /// A suite in a folder of its own: the scripts and the paper's values of the repository, and a small
  /// descriptor for each experiment.
  static func suite(in scratch: Scratch) throws {
    let folder = try scratch.folder("experiments")
    for shipped in ["plots", "experiments/paper"] {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.path(shipped),
        withDestinationPath: Repository.root.appendingPathComponent(shipped).path)
    }
    for (name, _) in experiments {
      let text =
        switch name {
        case "figure-5", "frame-sizes", "windows": throughput(name, hasPipeline: false, windows: 2)
        case let name where axes[name] != nil:
          throughput(
            name, hasPipeline: false, isCut: name == "gateway-fragments", windows: axes[name]!.1,
            axis: axes[name]!.0, rate: name == "fill" ? 0.01 : nil)
        case "baseline": alone(name, systems: ["tester", "esp-single", "vpe"], link: "memif")
        case "ring-solo":
          alone(
            name, systems: ["tester", "null", "esp-single", "esp-pipeline", "esp-multi-sa", "vpe"],
            link: "ring")
        case "rates", "rates-open": rates(name, sweep: name == "rates" ? "" : "direction: 'open'")
        case "latency": rates(name, "latency_percent: [0, 50], latency_seconds: 0.02")
        case "figure-6", "scaling-today", "steering": throughput(name, windows: 2)
        case "figure-7": packetCost(name, bytes: [64, 128, 192], repetitions: 3)
        case "ladder":
          packetCost(
            name, bytes: [64], headrooms: [0, 14],
            systems: ["esp-single", "esp-implicit-iv"] + "abcde".map { "ladder-\($0)" } + ["vpe"],
            repetitions: 3)
        case "multicast":
          packetCost(
            name, bytes: [64], senders: [1, 8], operation: "open",
            systems: ["esp-senders", "vpe"], repetitions: 3)
        case "versions":
          packetCost(
            name, bytes: [64], axes: "outer_version: ['ipv4', 'ipv6'], encapsulation: ['ip', 'udp'],",
            operation: "open-stage", systems: ["esp-single", "vpe"], repetitions: 3)
        case "transport":
          packetCost(
            name, bytes: [64], operation: "open-stage",
            systems: ["esp-single", "vpe", "esp-transport", "vpe-transport-a", "vpe-transport-b"],
            repetitions: 3)
        case "nat":
          packetCost(
            name, bytes: [64], headrooms: [0, 8], axes: "encapsulation: ['ip', 'udp'],",
            isPlain: true, operation: "open", systems: ["esp-single", "vpe"], repetitions: 3)
        case "jumbo":
          packetCost(
            name, bytes: [4034, 9000], buffers: ["chained", "merged"], operation: "open", repetitions: 3)
        case "fragments":
          packetCost(
            name, bytes: [1500, 9000], axes: "fragments: ['copied', 'in-place'],",
            systems: ["esp-single", "vpe"], repetitions: 3)
        case "tunnels": packetCost(name, bytes: [64], tunnels: [1, 10], repetitions: 3)
        default: packetCost(name, bytes: [64], repetitions: 3)
        }
      try text.write(toFile: "\(folder)/\(name).json5", atomically: false, encoding: .utf8)
    }
  }
}
