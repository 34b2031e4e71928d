import Foundation
import Machine
import Runs
import Testing

@Suite struct InstalledLibraryTests {
  /// Two cores do not slow each other in the AEAD's call: this program's library is one that has mended that,
  /// or `check` warns.
  @Test func thisProgramsLibraryIsNewOrWarnedOf() throws {
    let probes = MachineProbes(
      effectiveCapabilities: 0, hasIP: true, hasGnuplot: true, namespace: .untried, packetSocket: .works)
    let check = MachineCheck(machine: Machine(), libraries: .installed, probes: probes)
    let library = try #require(check.findings.first { $0.what == "intel-ipsec-mb" })
    let version = try #require(LibraryVersions.installed.ipsecMB)
    let isNew = version.compare("1.4", options: .numeric) != .orderedAscending
    #expect(library.state == (isNew ? .ok : .warning), "\(version)")
  }
}
