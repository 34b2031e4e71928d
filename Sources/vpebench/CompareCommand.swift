import Cases
import Foundation
import Reports
import Results

let compareCommand = Command(
  name: "compare",
  summary: "set two runs of an experiment side by side",
  help: """
    Usage: vpebench compare RUN-DIR RUN-DIR [--allow-different-environment]
                            [--allow-different-library]

    First the ratios of systems in both runs (VPE / ESP, say), and the second as multiples of the first: they
    compare whatever the runs were on. Then, of runs on one kind of processor, case by case the second run's
    figures as multiples of the first's. 95 % intervals are from the spread of both. Runs are not interleaved:
    a machine whose speed has changed in between shows as a difference of all cases. Last, what of their
    environments differs.

      --allow-different-environment   compare even where environment_version differs, so that the method of
                                      measuring has changed (CHANGELOG.md)
      --allow-different-library       compare even where the runs used different builds of intel-ipsec-mb
    """,
  options: [.flag("--allow-different-environment"), .flag("--allow-different-library")]
) { arguments in
  guard arguments.operands.count == 2 else {
    throw Arguments.Failure(description: "compare needs two folders of runs, not \(arguments.operands.count)")
  }
  let runs = try arguments.operands.map { try RunReading(path: $0) }
  let comparison = try RunComparison(
    runs[0], runs[1], allowDifferentEnvironment: arguments.has("--allow-different-environment"),
    allowDifferentLibrary: arguments.has("--allow-different-library"))
  comparison.lines().forEach { print($0) }
  return 0
}
