import Foundation

import struct Results.Environment

/// What only the program and its libraries know about this machine. Their owners pass it in.
public struct LibraryVersions: Sendable, Equatable {
  /// The version of DPDK; `nil` if it does not load.
  public var dpdk: String?
  /// The version of intel-ipsec-mb; `nil` if it does not load.
  public var ipsecMB: String?
  /// The linked package of intel-ipsec-mb, and its origin.
  public var ipsecMBOrigin: String?
  /// SHA-256 of the static library of intel-ipsec-mb, in hexadecimal.
  public var ipsecMBSHA256: String?
  /// The implementation that intel-ipsec-mb picked, e.g. `AVX512`.
  public var ipsecMBArchitecture: String?
  /// Ticks of the time stamp counter per second, as DPDK measured them.
  public var tscHz: UInt64?
  /// The compiler options that choose the processor for DPDK's inline functions.
  public var machineFlags: String?
  /// The arguments with which DPDK was started.
  public var ealArguments: [String]?
  /// SHA-256 of the program, in hexadecimal.
  public var programSHA256: String?
  /// Versions of the distribution's packages, by name.
  public var packages: [String: String]?

  /// Versions as the libraries report them; omitted ones are unknown.
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

/// A Linux machine, as described by its `/proc` and `/sys`.
///
/// Each property is read at each call. A property that no file states is `nil`; nothing is assumed.
public struct Machine: Sendable {
  let files: MachineFiles

  /// The machine whose file system begins at `root`; tests pass a folder with made-up files.
  public init(root: URL = URL(fileURLWithPath: "/")) {
    files = MachineFiles(root: root)
  }

  /// The environment of a run, for `environment.json`.
  ///
  /// - Parameters:
  ///   - vpebench: the version of vpebench.
  ///   - libraries: what DPDK and intel-ipsec-mb report about themselves.
  ///   - source: the source from which vpebench was built.
  ///   - seed: the seed of the run.
  ///   - commandLine: the command line; the first word is the program.
  ///   - time: the time at which the run started.
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

  /// The version of the Swift compiler, as precisely as source code can test for it.
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

  /// The argument with absolute paths, also those after `=`, shortened to their last component. Folders'
  /// names may name users and hosts, and do not matter for figures.
  static func withoutFolders(_ argument: String) -> String {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.map { part in
      part.hasPrefix("/") ? URL(fileURLWithPath: String(part)).lastPathComponent : String(part)
    }.joined(separator: "=")
  }
}
