import Basics
import Descriptors
import Foundation
import Runs

/// Options of role processes, which a run starts.
private let ofServing: [Arguments.Option] = [
  .value("--roles"), .flag("--own-network"), .flag("--hardware"), .value("--lease"), .value("--numa-node"),
]

let roleCommand = Command(
  name: "role",
  summary: "play one role alone, for real NICs with a role on each host",
  help: """
    Usage: vpebench role ROLE FILE --only CASE --run-id ID [options]

    Plays generator, gateway-a, gateway-b or reflector in one case of a descriptor whose link is ports, with
    the devices that it names for this role. Start gateways and reflector first; they run until Ctrl-C (or for
    --seconds) and then print their counters. The generator warms up, measures one window, drains, and prints
    what came back. Keys follow from the descriptor's seed, the case, the sample and the run ID: all hosts
    must use the same. A role that is started anew counts from 1 again, and needs new keys: a gateway notes
    those that it seals under in $XDG_STATE_HOME/vpebench/used-keys (~/.local/state), and refuses to use them
    again.
    That is all that is checked: use no ID again on another host, or for another user.
    Exit status 0 only if nothing is wrong, by the rules of `vpebench run` as far as one role can tell: its
    own accounts, threads that got nothing, a generator that misses traffic.rate_mpps or finds its pool empty,
    more loss than require.max_loss_ratio. What this machine cannot show is told, and fails nothing.

      --only CASE        the case's name (see `vpebench list FILE`)
      --run-id ID        1 to 16 hexadecimal digits, the same for all roles and for nothing else, such as
                         those of `openssl rand -hex 8`
      --sample N         which repetition; each has keys of its own (default: 0)
      --keys-out FILE    write the keys to FILE, for peers and `vpebench decode`
      --cpus LIST        CPUs for dataplane threads, such as 2-5 (default: all)
      --seconds S        end after so long
      --quick, --set     as in `vpebench run`
    """,
  options: [
    .values("--only"), .value("--run-id"), .value("--keys-out"), .value("--sample"), .value("--cpus"),
    .value("--seconds"), .flag("--quick"), .values("--set"),
  ] + ofServing
) { arguments in
  if arguments.operands.first == "serve" { serveRoles(arguments) }
  for option in ofServing where arguments.has(option.name) {
    throw Arguments.Failure(description: "there is no option \(option.name)")
  }
  guard arguments.operands.count == 2, let name = arguments.operands.first else {
    throw Arguments.Failure(description: "role needs a role and a descriptor")
  }
  let descriptor = try Descriptor.load(
    file: URL(fileURLWithPath: arguments.operands[1]), quick: arguments.has("--quick"),
    set: arguments.all("--set"))
  let globs = arguments.all("--only")
  if globs.isEmpty { throw Arguments.Failure(description: "role needs --only CASE") }
  let cases = try descriptor.cases(matching: globs)
  guard let point = cases.first, cases.count == 1 else {
    let asked = globs.joined(separator: ",")
    throw Arguments.Failure(
      description: "--only \(asked) matches \(cases.count.counted("case")), role plays one")
  }
  guard let runID = try runID(arguments) else {
    throw Arguments.Failure(
      description: "role needs --run-id ID, the same for all roles and for nothing else, such as "
        + "\(RunID.drawn()), which is drawn at random")
  }
  Interruption.watch()
  var standalone = try StandaloneRole(role: name, descriptor: descriptor, point: point, runID: runID)
  standalone.keysFile = arguments.last("--keys-out")
  standalone.sample = try integer(arguments, "--sample") ?? 0
  if let list = arguments.last("--cpus") {
    standalone.cpus = CPUList.parse(list) ?? []
    if standalone.cpus.isEmpty {
      throw Arguments.Failure(description: "--cpus \(list) is not a list of CPUs such as 2-5 or 1,3")
    }
    let usable = UsableCPUs.read()
    if let foreign = standalone.cpus.first(where: { !usable.contains($0) }) {
      let known = usable.map(String.init).joined(separator: ",")
      throw Arguments.Failure(
        description: "--cpus \(list): this process may not use CPU \(foreign), but \(known)")
    }
  }
  if let text = arguments.last("--seconds") {
    guard let seconds = Double(text), seconds > 0 else {
      throw Arguments.Failure(description: "--seconds \(text) is not a number of seconds above 0")
    }
    standalone.seconds = seconds
  }
  let result = try standalone.play(isInterrupted: { Interruption.isAsked }) {
    print($0)
    Output.flush()
  }
  print(TextTable.render(header: result.header, rows: result.rows))
  result.notes.forEach { print($0) }
  result.gaps.forEach { print("not shown here: \($0)") }
  return result.isValid ? 0 : 1
}

/// The value of `--run-id`; nil if it was not given.
func runID(_ arguments: Arguments) throws -> RunID? {
  guard let text = arguments.last("--run-id") else { return nil }
  guard let value = RunID(text) else {
    throw Arguments.Failure(
      description: "--run-id \(text) is not a number of 1 to 16 hexadecimal digits, such as \(RunID.drawn())")
  }
  return value
}

private func integer(_ arguments: Arguments, _ name: String) throws -> Int? {
  guard let text = arguments.last(name) else { return nil }
  guard let value = Int(text), value >= 0 else {
    throw Arguments.Failure(description: "\(name) \(text) is not a whole number from 0")
  }
  return value
}

/// Runs as a role process of a run. This is not meant for users.
private func serveRoles(_ arguments: Arguments) -> Never {
  let names = arguments.last("--roles")?.split(separator: ",").map(String.init) ?? []
  let lease = arguments.last("--lease").flatMap { Double($0) }.map {
    RoleServer.Lease(seconds: $0, numaNode: arguments.last("--numa-node").flatMap { Int($0) })
  }
  RoleServer.serve(
    roleNames: names, cpus: CPUList.parse(arguments.last("--cpus") ?? "") ?? [],
    ownsNetwork: arguments.has("--own-network"), usesHardware: arguments.has("--hardware"), lease: lease)
}
