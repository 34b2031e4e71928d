import Cases
import Descriptors
import TestRuns
import Testing

/// Descriptors with traffic classes and late packets.
@Suite struct DescriptorClassesTests {
  private static let fields = "tunnel: { header_fields: 'rfc4301' }"

  @Test func classesAndDelaysAreAxes() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "vpe"]"#,
      "sweep: { classes: [1, 8], late_packets: [0, 96], flows: 63 }, \(Self.fields)")
    let descriptor = try DescriptorFixture.parse(text)
    #expect(
      descriptor.cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h-c1-l0", "vpe-aes128gcm-64B-2t-0h-c1-l96",
        "vpe-aes128gcm-64B-2t-0h-c8-l0", "vpe-aes128gcm-64B-2t-0h-c8-l96",
      ])
    #expect(descriptor.cases.map(\.classes) == [1, 1, 1, 8, 8])
    #expect(descriptor.cases.map(\.latePackets) == [0, 0, 96, 0, 96])
    #expect(
      descriptor.cases[4].axes == [
        "classes": "8", "late_packets": "96", "header_fields": "rfc4301", "flows": "63",
      ])
  }

  @Test func pathsAreAnAxis() throws {
    let text = DescriptorFixture.text(
      systems: #"["null", "vpe"]"#, "sweep: { paths: [2, 8], late_packets: [0, 96], flows: 63 }")
    let cases = try DescriptorFixture.parse(text).cases
    #expect(
      cases.map(\.name) == [
        "baseline-none-64B-2t-0h", "vpe-aes128gcm-64B-2t-0h-2paths-l0", "vpe-aes128gcm-64B-2t-0h-2paths-l96",
        "vpe-aes128gcm-64B-2t-0h-8paths-l0", "vpe-aes128gcm-64B-2t-0h-8paths-l96",
      ])
    #expect(cases.map(\.paths) == [2, 2, 2, 8, 8])
    #expect(cases[4].values.pathsBySkew == Paths(count: 8, skew: 96))
    #expect(cases[4].axes == ["paths": "8", "late_packets": "96", "flows": "63"])
    // The default is two paths, which is not part of names.
    let two = try DescriptorFixture.parse(DescriptorFixture.text("sweep: { late_packets: 96, flows: 63 }"))
    #expect(two.cases.allSatisfy { $0.paths == 2 && $0.axes["paths"] == nil })
  }

  /// Flows and packets over paths are both used in turn. With a common divisor a flow would use only some
  /// paths.
  @Test func everyFlowTakesEveryPath() {
    func text(_ paths: String, _ flows: String, threads: Int = 2, _ more: String = "") -> String {
      DescriptorFixture.text(
        systems: #"["esp-single", "vpe"]"#,
        "sweep: { paths: \(paths), late_packets: 96, flows: \(flows), threads: \(threads) \(more) }")
    }
    for (paths, flows) in [("[2, 4, 8, 16]", "[1, 61, 63]"), ("3", "64"), ("[6, 15]", "[1, 77]")] {
      #expect(DescriptorFixture.problems(text(paths, flows)) == [])
    }
    DescriptorFixture.expectProblem(
      text("[2, 4]", "[63, 64]"), at: "sweep.flows[1]",
      "64 leave a sealing thread 64, which have a divisor in common with 2 paths: a flow would take some of "
        + "the paths alone; say 63")
    DescriptorFixture.expectProblem(
      text("[2, 9]", "63"), at: "sweep.flows", "have a divisor in common with 9 paths")
    // Four threads of vpe seal: of 63 flows one thread has 15, and the others 16.
    DescriptorFixture.expectProblem(
      text("4", "63", threads: 8), at: "sweep.flows", "63 leave a sealing thread 16")
    DescriptorFixture.expectProblem(text("4", "63", threads: 8), at: "sweep.flows", "say 60")
    #expect(DescriptorFixture.problems(text("4", "60", threads: 8)) == [])
    // With several classes a flow's own class decides what is late; without late packets paths do not matter.
    let classes = "sweep: { classes: 2, late_packets: 96, flows: 64 }, \(Self.fields)"
    #expect(DescriptorFixture.problems(DescriptorFixture.text(classes)) == [])
    #expect(DescriptorFixture.problems(DescriptorFixture.text("sweep: { flows: 64 }")) == [])
  }

  @Test func byDefaultThereIsOneClassAndNothingIsLate() throws {
    let cases = try DescriptorFixture.parse(DescriptorFixture.text()).cases
    #expect(cases.allSatisfy { $0.classes == 1 && $0.latePackets == 0 })
    #expect(cases.allSatisfy { !$0.name.contains("-c1") && $0.axes["late_packets"] == nil })
  }

  /// Several classes need header fields, whether packets are late or not; paths do not.
  @Test func aClassMustBeSeenOutside() {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text("sweep: { classes: [1, 4] }"), at: "tunnel.header_fields",
      "must be \"rfc4301\" where sweep.classes has 4: the black link sees a class in the outer header alone")
    #expect(
      DescriptorFixture.problems(DescriptorFixture.text("sweep: { late_packets: [0, 96], flows: 63 }")) == [])
  }

  @Test func everyThreadHasAFlowOfEachClass() {
    func text(_ flows: String, _ threads: Int) -> String {
      DescriptorFixture.text(
        systems: #"["esp-single", "vpe"]"#,
        "sweep: { classes: 4, flows: \(flows), threads: \(threads) }, \(Self.fields)")
    }
    DescriptorFixture.expectProblem(
      text("[3, 4, 64]", 2), at: "sweep.flows[0]",
      "3 are fewer than the 4 that give each sealing thread a flow of each class")
    #expect(DescriptorFixture.problems(text("4", 2)) == [])
    DescriptorFixture.expectProblem(text("15", 8), at: "sweep.flows", "15 are fewer than the 16")
    #expect(DescriptorFixture.problems(text("16", 8)) == [])
  }

  @Test(arguments: [
    ("sweep: { classes: 9 }", "sweep.classes", "9"), ("sweep: { classes: 0 }", "sweep.classes", "0"),
    ("sweep: { late_packets: 16385 }", "sweep.late_packets", "16385"),
    ("sweep: { classes: 2 }, steering: 'hash', \(fields)", "steering", "say \"queue\""),
    (
      "sweep: { classes: 2, threads: 4, steering: ['queue', 'hash'] }, \(fields)", "sweep.steering",
      "\"hash\" is not possible where sweep.classes has 2"
    ),
    (
      "sweep: { late_packets: 96, replayed_percent: 10 }", "sweep.late_packets",
      "is given beside an attacker: what a gateway refuses could be late as well as hostile"
    ),
    (
      "sweep: { late_packets: 96 }, impairment: { shuffle_frames: 8 }", "impairment.shuffle_frames",
      "is given beside sweep.late_packets"
    ),
    (
      "sweep: { late_packets: [0, 16384], threads: 8, flows: 60 }", "sweep.late_packets",
      "16384 need 249856 frames in flight with 8 threads of vpe, and there are buffers for 131072"
    ),
    ("sweep: { paths: 1, late_packets: 96 }", "sweep.paths", "1"),
    ("sweep: { paths: 17, late_packets: 96 }", "sweep.paths", "17"),
    ("sweep: { paths: [2, 4] }", "sweep.paths", "is given, but sweep.late_packets has no skew for them"),
    (
      "sweep: { paths: 4, late_packets: 96, classes: [1, 2], flows: 63 }, \(fields)", "sweep.paths",
      "is given beside sweep.classes 2: of several classes a packet's own says whether it is late"
    ),
    (
      "sweep: { late_packets: 96, flows: 63, threads: 4 }, steering: 'hash'", "steering",
      "\"hash\" is not possible where sweep.late_packets deals packets over paths"
    ),
    ("measure: { what: 'packet-cost' }, sweep: { paths: 4 }", "sweep.paths", "packets cross no link"),
    ("measure: { what: 'packet-cost' }, sweep: { classes: 2 }", "sweep.classes", "packets are of one class"),
    (
      "measure: { what: 'packet-cost' }, sweep: { late_packets: 2 }", "sweep.late_packets",
      "packets cross no link"
    ),
  ])
  func whatCannotBeIsRefused(members: String, path: String, reason: String) {
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: #"["esp-single", "vpe"]"#, members), at: path, reason)
  }

  @Test func aGatewayAloneHasNeither() {
    let alone = #"["tester", "vpe"]"#
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(
        systems: alone, "measure: { setup: 'dut' }, sweep: { classes: 2 }, \(Self.fields)"),
      at: "sweep.classes", "2 are possible with measure.setup \"circuit\" alone")
    DescriptorFixture.expectProblem(
      DescriptorFixture.text(systems: alone, "measure: { setup: 'dut' }, sweep: { late_packets: 96 }"),
      at: "measure.setup", "late_packets in the sweep has no link to work on")
  }

  /// Loss has nothing to do with order, so it is allowed as well.
  @Test func lossMayStandBeside() {
    #expect(
      DescriptorFixture.problems(
        DescriptorFixture.text("sweep: { late_packets: 96, flows: 63 }, impairment: { loss_ratio: 0.01 }"))
        == [])
  }
}
