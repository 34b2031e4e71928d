import Basics
import Descriptors
import Foundation

let listCommand = Command(
  name: "list",
  summary: "list experiments, or the cases of descriptors",
  help: """
    Usage: vpebench list [FILE…] [--quick] [--set PATH=VALUE] [--only GLOB,…] [--placements]

    Without a file: the descriptors in experiments/ with their questions and about how long they take. With
    files: the names of their cases, one a line, as --only, result files and plots use them.

    A name is where the case lies in the sweep: system, cipher, bytes of the frame (1420B) or of the inner
    packet (1402P), threads of a gateway (2t), bytes that are free in a packet's buffer beyond its headers
    (0h), then each further axis that is swept.

      --placements       for each case of a pipeline: which thread runs which stages. It takes a few
                         seconds, for that follows from what the stages cost on this machine
    """,
  options: [.flag("--quick"), .values("--set"), .values("--only"), .flag("--placements")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    for option in ["--quick", "--set", "--only", "--placements"] where arguments.has(option) {
      throw Arguments.Failure(
        description: "list needs a descriptor with \(option), such as experiments/figure-5.json5")
    }
    let folder = "experiments"
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Arguments.Failure(
        description: "there is no folder \(folder) here; go to the folder of vpebench, or name a descriptor")
    }
    let rows = try names.filter { $0.hasSuffix(".json5") }.sorted().map { file -> [String] in
      let path = "\(folder)/\(file)"
      let url = URL(fileURLWithPath: path)
      let descriptor = try Descriptor.load(file: url, quick: false, set: [])
      let quick = try Descriptor.load(file: url, quick: true, set: [])
      return [
        path, "\(descriptor.cases.count)", descriptor.link.rawValue,
        descriptor.plan.seconds.asDuration,
        quick.plan.seconds.asDuration, descriptor.question,
      ]
    }
    let header = ["descriptor", "cases", "link", "takes about", "quick", "question"]
    print(TextTable.render(header: header, rows: rows))
    return 0
  }
  for file in arguments.operands {
    let descriptor = try Descriptor.load(
      file: URL(fileURLWithPath: file), quick: arguments.has("--quick"), set: arguments.all("--set"))
    let cases = try descriptor.cases(matching: arguments.all("--only"))
    if arguments.has("--placements") {
      try Measuring.printPlacements(descriptor, cases)
    } else {
      cases.forEach { print($0.name) }
    }
  }
  return 0
}

let validateCommand = Command(
  name: "validate",
  summary: "check descriptors without running them",
  help: """
    Usage: vpebench validate FILE… [--set PATH=VALUE]

    Checks each descriptor, with its quick profile and without: every key, type and value. Prints how many
    cases and samples it has and about how long they take, or what is wrong, a line each, with its path and
    the nearest valid key. Exit status 0 only if all are valid.
    """,
  options: [.values("--set")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(description: "validate needs a descriptor")
  }
  var status: Int32 = 0
  for file in arguments.operands {
    do {
      let url = URL(fileURLWithPath: file)
      let full = try Descriptor.load(file: url, quick: false, set: arguments.all("--set"))
      let quick = try Descriptor.load(file: url, quick: true, set: arguments.all("--set"))
      func size(_ descriptor: Descriptor) -> String {
        "\(descriptor.cases.count.counted("case")), \(descriptor.sampleCount.counted("sample")), about "
          + descriptor.plan.seconds.asDuration
      }
      print("\(file): valid; \(size(full)); quick: \(size(quick))")
      full.systemsWithoutCases.forEach { print("note: \($0)") }
    } catch {
      status = CommandLineTool.fail("\(error)", 1)
    }
  }
  return status
}
