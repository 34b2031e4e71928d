import Descriptors
import Foundation
import Reports
import Results
import Runs

let testbedCommand = Command(
  name: "testbed",
  summary: "check or prepare the hosts of an inventory, and the links between them",
  help: """
    Usage: vpebench testbed check FILE
           vpebench testbed prepare FILE [--output FOLDER]

    check reaches each host of an inventory (experiments/testbeds, docs/hosts.md) by its launcher, and looks
    at program, libraries, processor, huge pages, CPUs with their NUMA node, and each port's driver and node.
    Says where hosts differ. Then sends frames of its own over each link for two seconds: which port hears
    which, the rate, and whether the port could spread packets over queues. Says for each lack what to do
    about it. It changes nothing on the hosts; ports are taken as a run takes them. Exit status 0 if nothing
    is lacking.

    prepare writes a playbook for Ansible and the inventory that goes with it into FOLDER (prepared/NAME), and
    prints how to start it. It reaches no host and changes nothing by itself. The playbook installs packages,
    this program and the libraries that it needs, reserves huge pages, sets governor, boost and NUMA
    balancing, and binds vfio-pci to ports that need it; it never touches a port with addresses.
    """,
  options: [.value("--output")]
) { arguments in
  guard arguments.operands.count == 2, ["check", "prepare"].contains(arguments.operands[0]) else {
    throw Arguments.Failure(description: "testbed needs `check` or `prepare`, and an inventory")
  }
  let isPreparation = arguments.operands[0] == "prepare"
  guard isPreparation || !arguments.has("--output") else {
    throw Arguments.Failure(description: "testbed check writes nothing, so that --output has no meaning")
  }
  let testbed = try Testbed.load(file: URL(fileURLWithPath: arguments.operands[1]))
  if isPreparation {
    return try prepare(testbed, output: arguments.last("--output") ?? "prepared/\(testbed.name)")
  }
  let check = try TestbedCheck.of(testbed)
  check.lines().forEach { print($0) }
  return check.isReady ? 0 : 1
}

private func prepare(_ testbed: Testbed, output: String) throws -> Int32 {
  let names = TestbedPreparation.files
  let program = try ownExecutable()
  let preparation = try TestbedPreparation(
    testbed, program: program, libraries: TestbedPreparation.libraries(of: program))
  let files = [
    (names.inventory, preparation.inventory), (names.playbook, try FileSystem.read(suiteFolder().playbook)),
  ]
  try FileSystem.makeFolders(output)
  let paths = files.map { FileSystem.join(output, $0.0) }
  for (path, file) in zip(paths, files) { try AtomicFile.write(file.1, to: path) }
  print("written: \(paths.joined(separator: ", ")), for \(preparation.hosts.joined(separator: ", "))")
  print("look at them, then: ansible-playbook --inventory \(paths.joined(separator: " "))")
  return 0
}
