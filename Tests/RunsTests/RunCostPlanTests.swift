import Cases
import Descriptors
import Foundation
import Roles
import Runs
import Testing

/// The bare call can neither be flattered nor hurt: at each point of a sweep all systems get the same packets
/// in the same memory, next to each other in time, and differ in what is done to them alone.
@Suite struct RunCostPlanTests {
  private static func load(_ name: String) throws -> Descriptor {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("experiments/\(name).json5")
    return try Descriptor.load(file: file, quick: true, set: [])
  }

  @Test(arguments: ["figure-7", "figure-8", "floor", "hot-path"])
  func systemsDifferInNothingElse(_ name: String) throws {
    let descriptor = try Self.load(name)
    let cases = descriptor.cases
    let groups = Pairing.groups(of: cases.map { CaseCoordinates($0) })
    #expect(groups.flatMap { $0 }.sorted() == Array(cases.indices))
    for group in groups {
      let aeads = Set(group.compactMap { cases[$0].aead })
      for aead in aeads {
        // The crypto device's row is another program's.
        let points = group.filter {
          (cases[$0].aead == aead || cases[$0].aead == nil) && cases[$0].system != .cryptodev
        }
        #expect(
          Set(points.map { cases[$0].system }) == [.null, .raw, .rawAAD, .espSingle, .vpe], "\(name)")
        let plans = points.map { index in
          var plan = CostPlan(cases[index], sample: 0, of: descriptor, run: RunID(value: 1))
          // What may differ: the system, its keys, and what only some systems have.
          (plan.system, plan.seed, plan.windowSize) = (.null, 0, 64)
          if cases[index].aead == nil { plan.aead = aead.rawValue }
          // An axis that has its standard value is as good as one that does not apply.
          plan.axes[.aead] = nil
          for axis in Axis.allCases where plan.axes[axis] == axis.definition.standard {
            plan.axes[axis] = nil
          }
          return plan
        }
        #expect(plans.allSatisfy { $0 == plans[0] }, "\(name): \(plans)")
      }
    }
  }

  @Test func everySampleHasKeysOfItsOwn() throws {
    let descriptor = try Self.load("hot-path")
    let seeds = descriptor.cases.flatMap { point in
      (0..<11).map { CostPlan(point, sample: $0, of: descriptor, run: RunID(value: 1)).seed }
    }
    #expect(Set(seeds).count == seeds.count)
  }

  @Test func comparedSystemsRunNextToEachOther() throws {
    let descriptor = try Self.load("figure-7")
    let cases = descriptor.cases
    let schedule = Schedule(
      groups: Pairing.groups(of: cases.map { CaseCoordinates($0) }), samples: cases.map { _ in 2 }, seed: 1)
    for start in stride(from: 0, to: schedule.samples.count, by: 5) {
      let five = schedule.samples[start..<(start + 5)]
      #expect(Set(five.map { cases[$0.caseIndex].frameBytes }).count == 1)
      #expect(Set(five.map { cases[$0.caseIndex].system }).count == 5)
    }
  }
}
