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

/// Whether only what needs neither DPDK nor a crypto library is built: `make report-from`.
let isForReports = ProcessInfo.processInfo.environment["VPEBENCH_WITHOUT_DPDK"] != nil

let dpdk = isForReports ? [] : pkgConfig(["--cflags"], package: "libdpdk")
/// From DPDK 23.11 on, what its inline functions log with is a library of its own.
let logs =
  !isForReports && pkgConfig(["--libs-only-l"], package: "libdpdk").contains("-lrte_log") ? ["rte_log"] : []
if !isForReports { _ = pkgConfig(["--cflags"], package: "zlib") }

/// What tools/make-ipsec-mb has laid out, whatever scratch path the build has.
let ipsecMB =
  ProcessInfo.processInfo.environment["VPEBENCH_IPSEC_MB"] ?? "\(Context.packageDirectory)/.build/ipsec-mb"
if !isForReports, !FileManager.default.fileExists(atPath: "\(ipsecMB)/version") {
  missing("the crypto library")
}

/// For targets that see DPDK's headers, directly or through a module below them.
let seesDPDK: [SwiftSetting] = [.unsafeFlags(dpdk.flatMap { ["-Xcc", $0] })]
let optimised: [SwiftSetting] = [
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

    // Rooms; an import points upwards in this list only.
    .target(name: "Basics"),
    .target(name: "Wire"),
    .target(name: "Cases", dependencies: ["Basics", "Wire"]),
    .target(name: "Model"),
    .target(name: "Crypto", dependencies: ["Cases", "CIPsecMB"]),
    .target(name: "Tunnel", dependencies: ["Crypto", "Cases", "Wire"]),
    .target(name: "Dataplane", dependencies: ["CDPDK", "Wire"], swiftSettings: seesDPDK),
    .target(
      name: "Roles", dependencies: ["Basics", "Cases", "Crypto", "Dataplane", "Model", "Tunnel", "Wire"],
      swiftSettings: seesDPDK),
    .target(name: "Decoding", dependencies: ["CZlib", "Cases", "Crypto", "Tunnel", "Wire"]),
    .target(name: "Results", dependencies: ["Basics", "Cases", "Wire"]),
    .target(
      name: "Experiments",
      dependencies: [
        "Basics", "Cases", "Crypto", "Dataplane", "Decoding", "Model", "Results", "Roles", "Tunnel",
        "Wire",
      ], swiftSettings: seesDPDK),
    .executableTarget(
      name: "vpebench", dependencies: ["Basics", "Cases", "Experiments", "Results"],
      swiftSettings: seesDPDK),
    .executableTarget(name: "vpebench-report", dependencies: ["Results"]),

    .testTarget(name: "CasesTests", dependencies: ["Basics", "Cases"]),
    .testTarget(name: "ModelTests", dependencies: ["Model"]),
    .testTarget(name: "WireTests", dependencies: ["Wire"]),
    .testTarget(name: "CryptoTests", dependencies: ["Cases", "Crypto"]),
    .testTarget(name: "TunnelTests", dependencies: ["Cases", "Tunnel"]),
    .testTarget(name: "DataplaneTests", dependencies: ["Dataplane"], swiftSettings: seesDPDK),
    .testTarget(name: "RolesTests", dependencies: ["Basics", "Cases", "Roles"], swiftSettings: seesDPDK),
    .testTarget(
      name: "DecodingTests", dependencies: ["Cases", "Experiments"], exclude: ["Cases", "Golden"],
      swiftSettings: seesDPDK),
    .testTarget(name: "ResultsTests", dependencies: ["Cases", "Results"]),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Basics", "Cases", "Experiments"], exclude: ["Golden"],
      swiftSettings: seesDPDK),
    .testTarget(name: "CommandTests"),
    .testTarget(name: "TidyTests"),
  ],
  swiftLanguageModes: [.v6]
)

// Only where tools/fuzz asks for it: its main is libFuzzer's, which nothing else links.
if ProcessInfo.processInfo.environment["VPEBENCH_FUZZ_BUILD"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["Experiments"], path: "Tests/Fuzz",
      exclude: ["corpus", "make_corpus.py"],
      swiftSettings: seesDPDK + [.unsafeFlags(["-parse-as-library"])]))
}

// Only where tools/test-sanitized asks for it: these rooms of tests and what they need. Likewise for reports.
let sanitized = ProcessInfo.processInfo.environment["VPEBENCH_SANITIZED"]
if let rooms = sanitized ?? (isForReports ? "vpebench-report" : nil) {
  var needed = Set(rooms.split(separator: " ").map(String.init))
  for target in package.targets.reversed() where needed.contains(target.name) {
    for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
  }
  package.products = []
  package.targets.removeAll { !needed.contains($0.name) }
}

// Tests that compute at length are optimised, each room by itself; of the others the build would take longer
// than the tests. Under sanitizers the same holds for what is tested.
let optimisedTests = ["TunnelTests", "RolesTests"]
let unoptimisedRooms = sanitized == nil ? [] : ["Decoding", "Experiments"]
for target in package.targets
where target.type == .test
  ? !optimisedTests.contains(target.name) : unoptimisedRooms.contains(target.name)
{
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Onone"])]
}

for target in package.targets
where sanitized == nil && ![.system, .test].contains(target.type)
  && !["CDPDK", "CIPsecMB"].contains(target.name)
{
  target.swiftSettings = (target.swiftSettings ?? []) + optimised
}

// Whatever sees CIPsecMB, directly or through a module, must see the header of the library that is linked.
for target in package.targets where target.type != .system {
  let include = "-I\(ipsecMB)/include"
  target.cSettings = (target.cSettings ?? []) + [.unsafeFlags([include])]
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Xcc", include])]
}
