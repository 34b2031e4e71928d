import Foundation

extension Environment {
  /// A host of a testbed: its properties, and the CPUs of its role. It contains no names of hosts or users.
  public struct Host: Codable, Sendable, Equatable {
    /// The host's programs and libraries.
    public var software: Software
    /// The host's processor, with the rate of its time stamp counter.
    public var cpu: CPU
    /// Its memory.
    public var memory: Memory
    public var system: System
    /// Its network controllers.
    public var networkDevices: [NetworkDevice]
    /// The CPUs of the role's threads, in ascending order.
    public var roleCpus: [Int]
    /// Whether another role on the same machine also uses some of these CPUs.
    public var sharesCpus: Bool
    /// The largest IP packet that the host's links carry, according to the inventory.
    public var mtuBytes: Int?
    /// The rate of the host's links in 10^9 bits per second, according to the inventory.
    public var linkGbps: Double?

    /// Makes a host from its reported properties and from those in the inventory.
    public init(
      _ found: Environment, roleCpus: [Int], sharesCpus: Bool, mtuBytes: Int?, linkGbps: Double?
    ) {
      (software, cpu, memory) = (found.software, found.cpu, found.memory)
      (system, networkDevices) = (found.system, found.networkDevices)
      (self.roleCpus, self.sharesCpus) = (roleCpus, sharesCpus)
      (self.mtuBytes, self.linkGbps) = (mtuBytes, linkGbps)
    }

    /// The properties that differ so that figures do not compare: those of the processor, the programs and
    /// the CPUs. Each is a phrase, such as `cpu.governor powersave, before performance`. The counter's rate
    /// is left out, because each start measures it anew.
    public func changes(since before: Host) -> [String] {
      let (own, its) = (compared, before.compared)
      return Set(own.keys).union(its.keys).sorted().compactMap { key in
        let (now, then) = (own[key] ?? "unknown", its[key] ?? "unknown")
        return now == then ? nil : "\(key) \(now), before \(then)"
      }
    }

    /// The compared properties: the value as text, by its path in `environment.json`.
    private var compared: [String: String] {
      struct Kept: Encodable {
        var cpu: CPU
        let software: Software
        let roleCpus: [Int]
      }
      var kept = Kept(cpu: cpu, software: software, roleCpus: roleCpus)
      kept.cpu.tscHz = nil
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      guard let json = try? encoder.encode(kept), let tree = try? JSONSerialization.jsonObject(with: json)
      else { preconditionFailure("a host holds strings and finite numbers, which JSON can always express") }
      return Dictionary(uniqueKeysWithValues: Self.leaves(tree, at: []))
    }

    private static func leaves(_ value: Any, at path: [String]) -> [(String, String)] {
      if let object = value as? [String: Any] {
        return object.flatMap { leaves($0.value, at: path + [$0.key]) }
      }
      let text = (value as? [Any])?.map { "\($0)" }.joined(separator: " ") ?? "\(value)"
      return [(path.joined(separator: "."), text)]
    }
  }
}
