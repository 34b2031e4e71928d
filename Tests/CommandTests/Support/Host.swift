import Foundation

/// A process, distinguished from a later one with the same number.
struct ProcessID: Hashable {
  let number: Int32
  private let startTime: String

  init?(_ number: Int32) {
    guard let fields = Self.fields(number) else { return nil }
    self.number = number
    startTime = fields[19]
  }

  /// Whether the process still runs. A process that has ended but was not yet waited for does not run.
  var isAlive: Bool {
    guard let fields = Self.fields(number) else { return false }
    return fields[19] == startTime && !["Z", "X"].contains(fields[0])
  }

  var parent: Int32? { Self.fields(number).flatMap { Int32($0[1]) } }

  var commandLine: [String] {
    let data = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
    return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The network namespace, such as `net:[4026531840]`.
  var network: String? { Host.network("/proc/\(number)/ns/net") }

  /// The clock ticks for which all threads but the first have worked; in a role these are the dataplane's
  /// threads.
  var workerTicks: Int {
    let folder = "/proc/\(number)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return threads.filter { $0 != "\(number)" }.reduce(0) { sum, thread in
      let fields = Self.fields(of: "\(folder)/\(thread)")
      return sum + (fields.map { (Int($0[11]) ?? 0) + (Int($0[12]) ?? 0) } ?? 0)
    }
  }

  /// Waits until these threads have worked for this many more ticks, or the process has ended.
  func works(for ticks: Int) async throws {
    let end = workerTicks + ticks
    _ = try await eventually { workerTicks > end || !isAlive }
  }

  /// Ends the process by force.
  func end() {
    if isAlive { kill(number, SIGKILL) }
  }

  /// The fields of the process's status from the third on, which is its state.
  private static func fields(_ number: Int32) -> [String]? { fields(of: "/proc/\(number)") }

  /// The status of a process or a thread.
  private static func fields(of folder: String) -> [String]? {
    // The program's name, in brackets, may contain anything, so the fields begin behind the last bracket.
    guard let text = try? String(contentsOfFile: "\(folder)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ").map(String.init)
    return fields.count > 19 ? fields : nil
  }
}

/// The state of the system around a run at one time.
enum Host {
  /// Fails a test that needs root, with a sentence.
  static func requireRoot() throws {
    guard geteuid() == 0 else {
      throw Unmet("this test needs root, to make network namespaces and mounts; run the tests as root")
    }
  }

  static func network(_ path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
  }

  /// A network namespace with a name, in the notation of `network`.
  static func network(named name: String) -> String? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: "/run/netns/\(name)")
    return (attributes?[.systemFileNumber] as? Int).map { "net:[\($0)]" }
  }

  /// The role processes of a run.
  static func roles(of run: Program) -> [ProcessID] {
    processes.filter { $0.parent == run.identifier && $0.commandLine.contains("serve") }
  }

  /// The processes with such a command line.
  static func processes(where matches: ([String]) -> Bool) -> [ProcessID] {
    processes.filter { matches($0.commandLine) }
  }

  /// The CPUs that this process may use, in the kernel's notation.
  static var cpus: String {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? "0"
  }

  /// The number of the first of these CPUs.
  static var firstCPU: String? { cpus.firstMatch(of: /\d+/).map { String($0.0) } }

  private static var processes: [ProcessID] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.compactMap { ProcessID($0) }
  }

  /// The network namespaces of processes, and those with names.
  static var networks: Set<String> {
    let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
    let named = mounts.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("net:[") }.map(String.init)
    return Set(processes.compactMap(\.network) + named)
  }

  /// The network devices in the host's own namespace.
  static var devices: Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? [])
  }
}
