import Cases
import Foundation

/// The environment of a run: machine, kernel, library versions, source and seed (`environment.json`).
///
/// It holds what a reader needs in order to judge or repeat a figure, and nothing that names the host or its
/// user. A property that could not be read is `nil`, and absent from the JSON: nothing is guessed. Of those
/// that every reader asks for, ``unavailable`` says why.
public struct Environment: Codable, Sendable, Equatable {
  /// The version of the measuring method and of this file's layout.
  ///
  /// Figures compare only within one version. It is raised, with an entry in CHANGELOG.md, by each change
  /// after which the same machine and the same source no longer give the same figures.
  public static let currentVersion = 2

  /// The value of ``currentVersion`` in the vpebench that wrote this.
  public var environmentVersion: Int
  /// When the run started, in UTC: `2025-01-31T23:59:59Z`.
  public var timeUtc: String
  /// The command line of the run, with absolute paths cut down to their last component.
  public var commandLine: [String]
  /// The seed from which every random choice of the run derives.
  public var seed: UInt64?
  /// The IDs that enter test keys beside the seed: 16 hexadecimal digits for each start of the run, the first
  /// one and each `--resume`; nil in files of a vpebench without run IDs.
  public var runIds: [String]?
  /// Whether the run ID was given (`--run-id`), so that other runs may have the same keys and nonces.
  public var runIdIsGiven: Bool?
  /// Whether samples count whatever state the machine was in (`VPEBENCH_ANY_STATE=1`); nil if not.
  public var anyMachineState: Bool?
  /// The programs and libraries involved.
  public var software: Software
  /// The processor.
  public var cpu: CPU
  /// Memory, huge pages included.
  public var memory: Memory
  /// The operating system, and its settings that affect timing.
  public var system: System
  /// The PCI network controllers, ordered by address; may be empty.
  public var networkDevices: [NetworkDevice]
  /// The hosts of a testbed, by role; nil if all roles ran on one machine. With a testbed, `software`, `cpu`,
  /// `memory`, `system` and `networkDevices` are those of gateway A.
  public var hosts: [String: Host]?
  /// The steering functions of link ends, by their names (`gateway-a.black`); nil if links are no ports, or
  /// ports were not asked.
  public var ports: [String: Port]?
  /// Other load of the machine; nil in files of a vpebench that did not record it.
  public var load: Load?
  /// Why a property of ``provenance`` is not told, by its name; nil in files of a vpebench that did not say.
  public var unavailable: [String: String]?

  /// An environment put together from its parts, of the current version.
  public init(
    timeUtc: String, commandLine: [String], seed: UInt64?, software: Software, cpu: CPU, memory: Memory,
    system: System, networkDevices: [NetworkDevice]
  ) {
    self.environmentVersion = Environment.currentVersion
    self.timeUtc = timeUtc
    self.commandLine = commandLine
    self.seed = seed
    self.software = software
    self.cpu = cpu
    self.memory = memory
    self.system = system
    self.networkDevices = networkDevices
  }

  /// The version, even if the rest of the text is invalid; nil without a version.
  static func version(json: Data) -> Int? {
    struct Version: Decodable { let environment_version: Int }
    return (try? JSONDecoder().decode(Version.self, from: json))?.environment_version
  }

  /// Reads what ``json()`` wrote.
  public init(json: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Environment.self, from: json)
  }

  /// The content of `environment.json`: the same bytes for equal values, keys sorted, units last in names.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
