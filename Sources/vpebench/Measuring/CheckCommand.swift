import Foundation
import Machine
import Runs

let checkCommand = Command(
  name: "check",
  summary: "tell what this machine offers and lacks",
  help: """
    Usage: vpebench check

    Looks at CPU features, cores, huge pages, governor, library versions and rights, and for half a second at
    what the cores can do right now: the way of a cache line between them, frequency, execution units, stolen
    time, waiting tasks. Says for each lack what to do about it. Exit status 0 if experiments over ring links
    can run.
    """,
  options: []
) { arguments in
  if let word = arguments.operands.first {
    throw Arguments.Failure(description: "check takes no argument, such as \(word)")
  }
  let machine = Machine()
  var check = MachineCheck(machine: machine, libraries: .installed, probes: machine.probe())
  check.findings += MachineCheck.stateFindings(executable: try ownExecutable())
  check.lines().forEach { print($0) }
  return check.isReady ? 0 : 1
}
