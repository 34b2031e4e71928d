import Foundation

import struct Results.Environment

/// What only the program and its libraries can tell about this machine; their owners pass it in.
public struct LibraryVersions: Sendable, Equatable {
  /// The version of DPDK, or `nil` where it does not load.
  public var dpdk: String?
  /// The version of intel-ipsec-mb, or `nil` where it does not load.
  public var ipsecMB: String?
  /// The package of intel-ipsec-mb that is linked, and where it is from.
  public var ipsecMBOrigin: String?
  /// SHA-256 of its static library, hexadecimal.
  public var ipsecMBSHA256: String?
  /// The implementation that intel-ipsec-mb picked, e.g. `AVX512`.
  public var ipsecMBArchitecture: String?
  /// Ticks of the time stamp counter per second, as DPDK measured them.
  public var tscHz: UInt64?
  /// The compiler's options that say which processor DPDK's inline functions are for.
  public var machineFlags: String?
  /// What DPDK was started with.
  public var ealArguments: [String]?
  /// SHA-256 of the program, hexadecimal.
  public var programSHA256: String?
  /// Versions of the distribution's packages, by name.
  public var packages: [String: String]?

  /// Versions as the libraries report them; whatever is left out is unknown.
  public init(
    dpdk: String? = nil, ipsecMB: String? = nil, ipsecMBOrigin: String? = nil, ipsecMBSHA256: String? = nil,
    ipsecMBArchitecture: String? = nil, tscHz: UInt64? = nil, machineFlags: String? = nil,
    ealArguments: [String]? = nil, programSHA256: String? = nil, packages: [String: String]? = nil
  ) {
    self.dpdk = dpdk
    self.ipsecMB = ipsecMB
    self.ipsecMBOrigin = ipsecMBOrigin
    self.ipsecMBSHA256 = ipsecMBSHA256
    self.ipsecMBArchitecture = ipsecMBArchitecture
    self.tscHz = tscHz
    self.machineFlags = machineFlags
    self.ealArguments = ealArguments
    self.programSHA256 = programSHA256
    self.packages = packages
  }
}

/// A Linux machine as its `/proc` and `/sys` describe it.
///
/// Each property is read when it is asked for. What a file does not say is `nil`, never an assumed value.
public struct Machine: Sendable {
  let files: MachineFiles

  /// The machine whose file system starts at `root`; a test gives a made-up tree.
  public init(root: URL = URL(fileURLWithPath: "/")) {
    files = MachineFiles(root: root)
  }

  /// Everything about a run that belongs into `environment.json`.
  ///
  /// - Parameters:
  ///   - vpebench: the version of vpebench.
  ///   - libraries: what DPDK and intel-ipsec-mb say of themselves.
  ///   - source: the source that vpebench was built from.
  ///   - seed: the seed of the run.
  ///   - commandLine: the command line, the program first.
  ///   - time: when the run started.
  public func environment(
    vpebench: String, libraries: LibraryVersions, source: SourceState, seed: UInt64?,
    commandLine: [String], time: Date
  ) -> Environment {
    var software = Environment.Software(
      vpebench: vpebench, gitCommit: source.commit, gitDirty: source.isDirty, swift: Self.swiftVersion,
      dpdk: libraries.dpdk, intelIpsecMb: libraries.ipsecMB,
      intelIpsecMbOrigin: libraries.ipsecMBOrigin, intelIpsecMbSha256: libraries.ipsecMBSHA256,
      intelIpsecMbArchitecture: libraries.ipsecMBArchitecture)
    (software.machineFlags, software.ealArguments) = (libraries.machineFlags, libraries.ealArguments)
    (software.programSha256, software.packages) = (libraries.programSHA256, libraries.packages)
    var processor = cpu
    processor.tscHz = libraries.tscHz
    var environment = Environment(
      timeUtc: time.formatted(.iso8601), commandLine: commandLine.map(Self.withoutFolders), seed: seed,
      software: software, cpu: processor, memory: memory, system: system, networkDevices: networkDevices)
    environment.unavailable = environment.gaps()
    return environment
  }

  /// The version of the Swift compiler, as far as source can ask for it.
  static var swiftVersion: String {
    #if compiler(>=6.5)
      "6.5 or later"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  /// An argument with an absolute path, also one after `=`, cut down to its last component: folders name
  /// users and hosts, and say nothing about a figure.
  static func withoutFolders(_ argument: String) -> String {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.map { part in
      part.hasPrefix("/") ? URL(fileURLWithPath: String(part)).lastPathComponent : String(part)
    }.joined(separator: "=")
  }
}
