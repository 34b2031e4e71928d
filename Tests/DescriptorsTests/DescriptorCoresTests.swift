import Cases
import Roles
import Runs
import TestRuns
import Testing

/// The axis `cores` of packet-cost runs.
@Suite struct DescriptorCoresTests {
  private static func text(_ members: String, what: String = "packet-cost") -> String {
    DescriptorFixture.text(systems: "['raw', 'vpe']", "measure: { what: '\(what)' }, \(members)")
  }

  @Test func oneIsTheDefaultAndNotNamed() throws {
    for sweep in ["", "sweep: { cores: 'one' }", "sweep: { cores: ['all'] }"] {
      let cases = try DescriptorFixture.parse(Self.text(sweep)).cases
      #expect(cases.map(\.name) == ["raw-aes128gcm-64B-1t-0h", "vpe-aes128gcm-64B-1t-0h"])
      #expect(cases.allSatisfy { $0.cores == (sweep.contains("all") ? .all : .one) })
      #expect(cases.allSatisfy { $0.axes == (sweep.contains("all") ? ["cores": "all"] : [:]) })
    }
  }

  @Test func bothAreCasesThatRunTogether() throws {
    let descriptor = try DescriptorFixture.parse(Self.text("sweep: { cores: ['one', 'all'] }"))
    let cases = descriptor.cases
    #expect(
      cases.map(\.name)
        == ["raw", "vpe"].flatMap { system in
          ["one", "all"].map { "\(system)-aes128gcm-64B-1t-0h-\($0)" }
        })
    #expect(cases.map { $0.axes["cores"] } == ["one", "all", "one", "all"])
    #expect(Pairing.groups(of: cases.map { CaseCoordinates($0) }).map(\.count) == [4])
    let plans = cases.map { CostPlan($0, sample: 0, of: descriptor, run: .drawn()) }
    #expect(plans.map(\.cores) == [.one, .all, .one, .all])
  }

  @Test(arguments: [
    ("packet-cost", "sweep: { cores: 'two' }", "sweep.cores", "one"),
    ("throughput", "sweep: { cores: 'all' }", "sweep.cores", "threads says how many work"),
  ])
  func refusals(_ what: String, _ members: String, _ path: String, _ reason: String) {
    let text = DescriptorFixture.text(systems: "['vpe']", "measure: { what: '\(what)' }, \(members)")
    DescriptorFixture.expectProblem(text, at: path, reason)
  }
}
