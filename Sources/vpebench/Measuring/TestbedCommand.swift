import Descriptors
import Foundation
import Runs

let testbedCommand = Command(
  name: "testbed",
  summary: "check the hosts of an inventory, and the links between them",
  help: """
    Usage: vpebench testbed check FILE

    Reaches each host of an inventory (experiments/testbeds, docs/hosts.md) by its launcher, and looks at
    program, libraries, processor, huge pages, CPUs with their NUMA node, and each port's driver and node.
    Says where hosts differ. Then sends frames of its own over each link for two seconds: which port hears
    which, the rate, and whether the port could spread packets over queues. Says for each lack what to do
    about it.

    It changes nothing on the hosts; ports are taken as a run takes them. Exit status 0 if nothing is lacking.
    """,
  options: []
) { arguments in
  guard arguments.operands.count == 2, arguments.operands[0] == "check" else {
    throw Arguments.Failure(description: "testbed needs `check` and an inventory")
  }
  let check = try TestbedCheck.of(try Testbed.load(file: URL(fileURLWithPath: arguments.operands[1])))
  check.lines().forEach { print($0) }
  return check.isReady ? 0 : 1
}
