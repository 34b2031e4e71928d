// swift-tools-version: 6.2
// SPDX-License-Identifier: BSD-3-Clause
import Foundation
import PackageDescription

// Debian's libdpdk.pc cannot be read by SwiftPM itself (its Description spans a line that SwiftPM calls
// unexpected) and SwiftPM would drop `-include` and `-march` anyway, so pkg-config is asked here and its
// compiler flags are handed to every target that sees DPDK's headers.

/// Ends the manifest with one sentence instead of letting the compiler print a page of errors.
func missing(_ what: String) -> Never {
  FileHandle.standardError.write(
    Data("vpebench: \(what) is not installed; run `make deps` in this folder, then build again.\n".utf8))
  exit(1)
}

func pkgConfig(_ arguments: [String], package: String) -> [String] {
  let process = Process()
  let output = Pipe()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["pkg-config"] + arguments + [package]
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  do { try process.run() } catch { missing("pkg-config") }
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  if process.terminationStatus == 127 { missing("pkg-config") }
  if process.terminationStatus != 0 { missing("the library \(package)") }
  return text.split(whereSeparator: \.isWhitespace).map(String.init)
}

/// Whether `make reader` asks: only what needs no C is built, and no library is looked for.
let isReader = ProcessInfo.processInfo.environment["VPEBENCH_READER"] != nil

let dpdk = isReader ? [] : pkgConfig(["--cflags"], package: "libdpdk")
/// From DPDK 23.11 on, what its inline functions log with is a library of its own.
let logs =
  !isReader && pkgConfig(["--libs-only-l"], package: "libdpdk").contains("-lrte_log") ? ["rte_log"] : []
if !isReader { _ = pkgConfig(["--cflags"], package: "zlib") }

/// What tools/make-ipsec-mb has laid out, whatever scratch path the build has.
let ipsecMB =
  ProcessInfo.processInfo.environment["VPEBENCH_IPSEC_MB"] ?? "\(Context.packageDirectory)/.build/ipsec-mb"
if !isReader && !FileManager.default.fileExists(atPath: "\(ipsecMB)/version") {
  missing("the crypto library")
}

extension Target.Dependency {
  func isOn(_ names: Set<String>) -> Bool {
    if case .byNameItem(let name, _) = self { names.contains(name) } else { false }
  }
}

/// What DPDK is compiled for, which its inline functions are then compiled for, too: results tell it.
let machineFlags = dpdk.filter { $0.hasPrefix("-m") }.joined(separator: " ")
/// For targets that see DPDK's headers, directly or through a module below them.
let seesDPDK: [SwiftSetting] = [
  .unsafeFlags((dpdk + ["-DCDPDK_MACHINE_FLAGS=\"\(machineFlags)\""]).flatMap { ["-Xcc", $0] })
]
/// For rooms whose functions others call at length: they may be inlined there. It keeps alive what nobody
/// calls, so it is not for the rooms above.
let inlinable: [SwiftSetting] = [
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

let package = Package(
  name: "vpebench",
  products: [.executable(name: "vpebench", targets: ["vpebench"])],
  targets: [
    // C shims, header-inline: nothing clever in them.
    .target(
      name: "CDPDK",
      cSettings: [.unsafeFlags(dpdk)],
      linkerSettings: [
        .linkedLibrary("rte_eal"), .linkedLibrary("rte_mempool"), .linkedLibrary("rte_mbuf"),
        .linkedLibrary("rte_ring"), .linkedLibrary("rte_ethdev"), .linkedLibrary("rte_net_ring"),
        .linkedLibrary("rte_ip_frag"),
      ] + logs.map { .linkedLibrary($0) }),
    // By a name that no other folder has, for the linker looks through the system's first. DPDK's drivers
    // bring the system's own copy of the library: ours must not take its place in them.
    .target(
      name: "CIPsecMB",
      linkerSettings: [
        .linkedLibrary("vpebench-ipsec-mb"),
        .unsafeFlags(
          ["-L\(ipsecMB)/lib", "-Xlinker", "--exclude-libs", "-Xlinker", "libvpebench-ipsec-mb.a"]),
      ]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),

    // Rooms; an import points upwards in this list only, and only to what is named here (TidyTests reads it).
    .target(name: "Basics"),
    .target(name: "Wire"),
    .target(name: "Cases", dependencies: ["Basics", "Wire"]),
    .target(name: "Statistics", dependencies: ["Basics"]),
    .target(name: "Model"),
    .target(name: "RateSearch"),
    .target(name: "Results", dependencies: ["Basics", "Cases", "Statistics"]),
    .target(
      name: "Descriptors", dependencies: ["Basics", "Cases", "Model", "RateSearch", "Results", "Wire"]),
    .target(name: "Reports", dependencies: ["Basics", "Cases", "Results", "Statistics", "Wire"]),
    .target(name: "Machine", dependencies: ["Basics", "Results"]),
    .target(name: "Crypto", dependencies: ["Cases", "CIPsecMB"]),
    .target(name: "Tunnel", dependencies: ["Crypto", "Cases", "Wire"]),
    .target(name: "Decoding", dependencies: ["CZlib", "Cases", "Crypto", "Descriptors", "Tunnel", "Wire"]),
    .target(name: "Dataplane", dependencies: ["CDPDK", "Wire"], swiftSettings: seesDPDK),
    .target(
      name: "Roles", dependencies: ["Basics", "Cases", "Crypto", "Dataplane", "Model", "Tunnel", "Wire"],
      swiftSettings: seesDPDK),
    .target(
      name: "Runs",
      dependencies: [
        "Basics", "Cases", "Crypto", "Dataplane", "Descriptors", "Machine", "Model", "RateSearch", "Results",
        "Roles", "Statistics",
      ], swiftSettings: seesDPDK),
    .executableTarget(
      name: "vpebench",
      dependencies: [
        "Basics", "Cases", "Decoding", "Descriptors", "Machine", "Reports", "Results", "Runs", "Statistics",
      ], exclude: ["Reader"], swiftSettings: seesDPDK),

    // What several rooms of tests use: formats over plain memory and other programs; made-up runs.
    .target(
      name: "TestSupport", dependencies: ["Basics", "Cases", "Crypto", "Tunnel", "Wire"],
      path: "Tests/TestSupport"),
    .target(
      name: "TestRuns", dependencies: ["Cases", "Descriptors", "Reports", "Results"], path: "Tests/TestRuns"),

    .testTarget(name: "BasicsTests", dependencies: ["Basics"]),
    .testTarget(name: "CasesTests", dependencies: ["Basics", "Cases"]),
    .testTarget(name: "StatisticsTests", dependencies: ["Statistics", "TestSupport"]),
    .testTarget(name: "ModelTests", dependencies: ["Model"]),
    .testTarget(name: "RateSearchTests", dependencies: ["RateSearch"]),
    .testTarget(name: "WireTests", dependencies: ["Wire", "TestSupport"]),
    .testTarget(name: "CryptoTests", dependencies: ["Cases", "Crypto", "TestSupport"]),
    .testTarget(name: "TunnelTests", dependencies: ["Cases", "Tunnel", "TestSupport"]),
    .testTarget(name: "DataplaneTests", dependencies: ["Dataplane"], swiftSettings: seesDPDK),
    .testTarget(
      name: "RolesTests", dependencies: ["Basics", "Cases", "Roles", "TestSupport"], swiftSettings: seesDPDK),
    .testTarget(
      name: "DecodingTests", dependencies: ["Cases", "Decoding", "Runs", "TestSupport"],
      exclude: ["Cases", "Golden"], swiftSettings: seesDPDK),
    .testTarget(
      name: "ResultsTests", dependencies: ["Cases", "Reports", "Results", "TestRuns", "TestSupport"]),
    .testTarget(
      name: "DescriptorsTests", dependencies: ["Cases", "Descriptors", "Runs", "TestRuns"],
      exclude: ["Golden"], swiftSettings: seesDPDK),
    .testTarget(name: "ReportsTests", dependencies: ["Cases", "Reports", "TestRuns", "TestSupport"]),
    .testTarget(name: "MachineTests", dependencies: ["Machine"]),
    .testTarget(
      name: "RunsTests", dependencies: ["Basics", "Cases", "RateSearch", "Runs", "TestRuns"],
      swiftSettings: seesDPDK),
    .testTarget(name: "CommandTests", dependencies: ["TestSupport"]),
    .testTarget(name: "TidyTests"),
  ],
  swiftLanguageModes: [.v6]
)

/// libFuzzer, where tools/test-sanitized has found it: the parsers of outside bytes are driven by it.
if let library = ProcessInfo.processInfo.environment["VPEBENCH_LIBFUZZER"] {
  // It follows the branches of what it drives, and in parsers of text what they compare: that calls a
  // function for each comparison, which the tests of the dataplane would pay for.
  let coverage = "-sanitize-coverage=edge,inline-8bit-counters,pc-table"
  let parsers = ["Basics", "Wire", "Cases", "Results", "Descriptors", "Decoding"]
  for target in package.targets where target.type == .regular {
    let flag = coverage + (parsers.contains(target.name) ? ",trace-cmp" : "")
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags([flag])]
  }
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["Basics", "Decoding", "Results", "Roles", "TestSupport"],
      path: "Tests/Fuzz", exclude: ["corpus", "make_corpus.py"],
      swiftSettings: seesDPDK + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-Xlinker", library]), .linkedLibrary("stdc++")]))
}

// The commands that measure, and all rooms that C can be reached from, are not in a reader.
if isReader {
  var needC: Set = ["CDPDK", "CIPsecMB", "CZlib"]
  for target in package.targets {
    if target.type == .executable {
      target.exclude = ["Measuring"]
      target.dependencies.removeAll { $0.isOn(needC) }
    } else if target.type == .test || target.dependencies.contains(where: { $0.isOn(needC) }) {
      needC.insert(target.name)
    }
  }
  package.targets.removeAll { needC.contains($0.name) }
}

// Only where tools/test-sanitized or tools/mutants asks for it: these rooms of tests and what they need.
let chosen = ProcessInfo.processInfo.environment["VPEBENCH_ROOMS"]
if let rooms = chosen {
  var needed = Set(rooms.split(separator: " ").map(String.init))
  for target in package.targets.reversed() where needed.contains(target.name) {
    for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
  }
  package.products = []
  package.targets.removeAll { !needed.contains($0.name) }
}

// Of rooms of tests these files alone, for what tools/test-sanitized needs of them for threads.
if let files = ProcessInfo.processInfo.environment["VPEBENCH_TEST_FILES"]?.split(separator: " ") {
  for target in package.targets where target.type == .test {
    target.sources = files.filter { $0.hasPrefix(target.name + "/") }.map {
      String($0.dropFirst(target.name.count + 1))
    }
  }
}

// Tests that compute at length are optimised, each room by itself; of the others the build would take longer
// than the tests. Under sanitizers the same holds for what is tested.
let optimisedTests = ["TunnelTests", "RolesTests"]
let unoptimisedRooms = chosen == nil ? [] : ["Machine", "Runs", "TestRuns"]
for target in package.targets
where target.type == .test
  ? !optimisedTests.contains(target.name) : unoptimisedRooms.contains(target.name)
{
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Onone"])]
}

let inlinableRooms = [
  "Basics", "Wire", "Cases", "Statistics", "Model", "RateSearch", "Crypto", "Tunnel", "Dataplane",
]
for target in package.targets where chosen == nil && inlinableRooms.contains(target.name) {
  target.swiftSettings = (target.swiftSettings ?? []) + inlinable
}

// Whatever sees CIPsecMB, directly or through a module, must see the header of the library that is linked.
for target in package.targets where target.type != .system {
  let include = "-I\(ipsecMB)/include"
  target.cSettings = (target.cSettings ?? []) + [.unsafeFlags([include])]
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Xcc", include])]
}
