import Cases
import Foundation

/// The environment of a run: machine, kernel, library versions, source and seed (`environment.json`).
///
/// It holds what a reader needs to judge or repeat a figure, and nothing that names the host or its user. A
/// property that could not be read is `nil` and absent from the JSON; nothing is guessed. For the properties
/// that every reader asks for, ``unavailable`` gives the reason.
public struct Environment: Codable, Sendable, Equatable {
  /// The version of the measuring method and of this file's layout.
  ///
  /// Figures compare only within one version. A change after which the same machine and source give different
  /// figures raises the version and has an entry in CHANGELOG.md.
  public static let currentVersion = 2

  /// The value of ``currentVersion`` in the vpebench that wrote this environment.
  public var environmentVersion: Int
  /// The time at which the run started, in UTC: `2025-01-31T23:59:59Z`.
  public var timeUtc: String
  /// The command line of the run; absolute paths are shortened to their last component.
  public var commandLine: [String]
  /// The seed of all random choices of the run.
  public var seed: UInt64?
  /// The IDs from which, with the seed, test keys are derived: 16 hexadecimal digits for the first start of
  /// the run and for each `--resume`. Nil in old files, written before runs had IDs.
  public var runIds: [String]?
  /// Whether the user set the run ID (`--run-id`), so that other runs may have the same keys and nonces.
  public var runIdIsGiven: Bool?
  /// Whether samples count in any state of the machine (`VPEBENCH_ANY_STATE=1`); nil if not.
  public var anyMachineState: Bool?
  /// The programs and libraries involved.
  public var software: Software
  /// The processor.
  public var cpu: CPU
  /// The memory, including huge pages.
  public var memory: Memory
  /// The operating system and those of its settings that affect timing.
  public var system: System
  /// The PCI network controllers in the order of their addresses; may be empty.
  public var networkDevices: [NetworkDevice]
  /// The hosts of a testbed, by role; nil if all roles ran on one machine. With a testbed, `software`, `cpu`,
  /// `memory`, `system` and `networkDevices` are those of gateway A.
  public var hosts: [String: Host]?
  /// The steering functions of link ends, by their names (`gateway-a.black`); nil if no link is a port, or if
  /// the ports were not asked.
  public var ports: [String: Port]?
  /// Load by other processes; nil in old files, which did not record it.
  public var load: Load?
  /// The reason why a property of ``provenance`` is unknown, by the property's name; nil in old files.
  public var unavailable: [String: String]?

  /// Makes an environment of the current version from its parts.
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

  /// The version, even if other parts of the text are invalid; nil if there is none.
  static func version(json: Data) -> Int? {
    struct Version: Decodable { let environment_version: Int }
    return (try? JSONDecoder().decode(Version.self, from: json))?.environment_version
  }

  /// Reads the output of ``json()``.
  public init(json: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Environment.self, from: json)
  }

  /// The content of `environment.json`, with sorted keys. Equal values give equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }
}
