import Cases
import Descriptors
import Foundation
import Roles
import Runs
import TestRuns
import Testing

/// What a run decides on machines that are odd, and what it says of them.
@Suite struct RunOddMachineTests {
  @Test(
    arguments: [
      // 50 packets per second, windows of 0.1 s: a frame more or less is chance.
      (5, 0.00005, 0.1, nil), (4, 0.00005, 0.1, nil), (5, 0.00005, 0.108, nil), (6, 0.00005, 0.1, nil),
      (3, 0.00005, 0.1, "measure.window_seconds"), (0, 0.00005, 0.1, "measure.window_seconds"),
      (1, 0.00001, 0.1, nil), (0, 0.00001, 0.1, nil),
      // Many frames: five of a hundred may be missing.
      (950_000, 1, 1, nil), (949_999, 1, 1, nil), (949_998, 1, 1, "lower traffic.rate_mpps"),
      (0, 1, 1, "lower traffic.rate_mpps"), (2_000_000, 1, 1, nil),
    ] as [(UInt64, Double, Double, String?)])
  func aPaceIsKeptButForAFrame(frames: UInt64, mpps: Double, seconds: Double, remedy: String?) {
    let fault = Pace.fault(frames: frames, mpps: mpps, seconds: seconds)
    #expect((fault == nil) == (remedy == nil), "\(fault ?? "")")
    if let remedy { #expect(fault?.contains(remedy) == true, "\(fault ?? "")") }
  }

  /// Of 100 frames that come by 64 a window may see one burst, or two.
  @Test func aWindowMayMissABurst() {
    #expect(Pace.fault(frames: 64, mpps: 0.0001, seconds: 1, together: 64) == nil)
    #expect(Pace.fault(frames: 64, mpps: 0.0001, seconds: 1) != nil)
    #expect(Pace.fault(frames: 0, mpps: 0.0001, seconds: 1, together: 64) != nil)
  }

  @Test func aWindowThatSeesNoFrameIsRefused() throws {
    func parse(_ rate: String, _ seconds: String) throws -> Descriptor {
      try DescriptorFixture.parse(
        DescriptorFixture.text(
          systems: #"["vpe"]"#,
          "traffic: { rate_mpps: \(rate) }, measure: { window_seconds: \(seconds) }"))
    }
    _ = try parse("0.00001", "0.1")
    let error = #expect(throws: DescriptorError.self) { try parse("0.000009", "0.1") }
    #expect("\(try #require(error))".contains("measure.window_seconds"))
  }

  @Test(arguments: [
    (
      "EAL: core 2 unavailable\nEAL: invalid parameter for --lcores\n\nUsage: vpebench [options]\n -h\n",
      "DPDK: core 2 unavailable, invalid parameter for --lcores"
    ),
    (
      "PANIC in rte_eal_init():\nCannot set affinity\n0: /lib/librte_eal.so (rte_dump_stack+0x3d)\n"
        + "*** Program crashed",
      "PANIC in rte_eal_init(): Cannot set affinity"
    ),
    ("PANIC in x", "PANIC in x"),
    ("one\n\n  two  \n\n", "two"), ("", ""), ("\n \n", ""),
    ("a.swift:1: Fatal error: gone\n*** pages\nEAL: no", "a.swift:1: Fatal error: gone"),
    ("env: ‘a=b’: No such file or directory\n", "env: ‘a=b’: No such file or directory"),
  ])
  func lastWordsSayWhy(log: String, words: String) { #expect(RoleProcess.words(of: log) == words) }

  @Test(arguments: [
    ("net_memif0,role=client,id=0,socket=red-a", "net_memif0,role=client,id=0,socket=red-a-x"),
    ("net_memif0,role=server", "net_memif0,role=server,socket=vpebench-gateway-a.red-x"),
    ("net_memif0,socket=/run/a.sock,socket-abstract=no", "net_memif0,socket=/run/a.sock,socket-abstract=no"),
    ("0000:3b:00.0", "0000:3b:00.0"), ("net_af_packet0,iface=red", "net_af_packet0,iface=red"), ("", ""),
  ])
  func socketsHaveNamesThatNobodyKnows(devargs: String, expected: String) {
    for end in [LinkEnd.generator, .gatewayARed] {
      #expect(DeviceArguments.withSecretSocket(devargs, at: Replica(end), "x") == expected)
    }
  }

  /// Roles that are started by hand find each other by the run's ID where nothing is named.
  @Test(arguments: [
    ("net_memif0,role=client,id=0,socket=red-a", "net_memif0,role=client,id=0,socket=red-a"),
    ("net_memif0,role=server", "net_memif0,role=server,socket=vpebench-gateway-a.red-0000000000005eed"),
    ("net_memif0,role=server,socket-abstract=no", "net_memif0,role=server,socket-abstract=no"),
    ("0000:3b:00.0", "0000:3b:00.0"), ("", ""),
  ])
  func socketsOfRolesFollowFromTheRunID(devargs: String, expected: String) {
    for end in [LinkEnd.generator, .gatewayARed] {
      #expect(DeviceArguments.withSocket(devargs, at: Replica(end), of: RunID(value: 0x5EED)) == expected)
    }
  }

  /// Servers of two links cannot share a socket.
  @Test func everyLinkHasASocketOfItsOwn() {
    let names = LinkEnd.allCases.map {
      DeviceArguments.withSocket("net_memif0", at: Replica($0), of: RunID(value: 1))
    }
    #expect(Set(names).count == LinkEnd.allCases.count / 2)
  }

  @Test(arguments: [
    ("tunnel: { protocol: 17 }", "UDP"), ("tunnel: { protocol: 6 }", "TCP"),
    ("tunnel: { protocol: 4 }", "IPv4 in IP"), ("tunnel: { protocol: 41 }", "IPv6 in IP"),
    ("tunnel: { protocol: 51 }", "AH"), ("tunnel: { protocol: 1 }", "from 2 to 255"),
    ("tunnel: { protocol: 17, encapsulation: 'udp' }", "UDP"),
    ("tunnel: { protocol: 44, outer: 'ipv6' }", "fragment"),
    ("tunnel: { protocol: 43, outer: 'ipv6' }", "routing"),
    ("tunnel: { protocol: 60, outer: 'ipv6' }", "destination"),
    ("tunnel: { protocol: 59, outer: 'ipv6' }", "no next header"),
    ("tunnel: { protocol: 135, outer: 'ipv6' }", "mobility"),
    ("tunnel: { protocol: 44 }", nil), ("tunnel: { protocol: 50 }", nil),
    ("tunnel: { protocol: 50, outer: 'ipv6' }", nil), ("tunnel: { protocol: 253, outer: 'ipv6' }", nil),
    ("tunnel: { protocol: 99 }", nil),
  ])
  func aProtocolNumberOfAnotherIsRefused(tunnel: String, owner: String?) throws {
    let text = DescriptorFixture.text(systems: #"["vpe"]"#, tunnel)
    guard let owner else {
      _ = try DescriptorFixture.parse(text)
      return
    }
    let error = try #require(throws: DescriptorError.self) { try DescriptorFixture.parse(text) }
    #expect("\(error)".contains("tunnel.protocol") && "\(error)".contains(owner), "\(error)")
  }

  @Test func severalGlobsAreAUnionInTheDescriptorsOrder() throws {
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: #"["null", "esp-single", "vpe"]"#, "sweep: { frame_bytes: [64, 128, 1420] }"))
    func names(_ globs: String...) throws -> [String] { try descriptor.cases(matching: globs).map(\.name) }
    let all = descriptor.cases.map(\.name)
    #expect(try names() == all && names("*") == all && names("*,*", "vpe-*") == all)
    #expect(
      try names("vpe-*-64B-*", "null-*-1420B-*") == ["baseline-none-1420B-2t-0h", "vpe-aes128gcm-64B-2t-0h"])
    #expect(try names("vpe-*-64B-*, null-*-1420B-*") == names("vpe-*-64B-*", "null-*-1420B-*"))
    #expect(try names("[eb]*-64B-*").count == 2)
    // Each must match, and none is empty.
    for globs in [["vpe-*", "vpx-*"], ["vpe-*,vpx-*"], ["vpe-*,"], [""], [","]] {
      #expect(throws: DescriptorError.self) { try descriptor.cases(matching: globs) }
    }
    let error = try #require(throws: DescriptorError.self) { try names("vpe-*,nul-none-64B-2t-0h") }
    #expect("\(error)".contains("\"nul-none-64B-2t-0h\" matches none of the 9 cases"), "\(error)")
  }
}
