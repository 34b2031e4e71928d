import Cases
import Foundation

/// Applies the quick profile, `--set` and a testbed to a descriptor, and records which of them each value
/// came from, so that an error message can name what to correct.
struct DescriptorOverrides {
  typealias Problem = DescriptorError.Problem

  /// The descriptor with everything applied, without its quick profile.
  private(set) var tree: JSONObject
  /// Problems of arguments that cannot be applied.
  private(set) var problems: [Problem] = []
  private let overlay: JSONValue?
  private var setPaths: [String] = []
  /// The paths of the members that the testbed has set.
  private var testbedPaths: [String] = []

  /// - Parameter given: a descriptor that was checked against `Descriptor.shape`.
  init(_ given: JSONObject, quick: Bool) {
    tree = given.without("quick")
    overlay = quick ? given["quick"] : nil
    if let overlay, case .object(let merged) = Self.merge(.object(tree), overlay, Descriptor.shape) {
      tree = merged
    }
  }

  /// Applies arguments of the form `PATH=VALUE` in order. VALUE is JSON5; if it is invalid as such, it is a
  /// string.
  mutating func apply(_ arguments: [String]) {
    for argument in arguments {
      guard let equals = argument.firstIndex(of: "=") else {
        refuse(argument, "has no \"=\"; write --set PATH=VALUE, such as --set measure.windows=3")
        continue
      }
      let path = String(argument[..<equals])
      let text = String(argument[argument.index(after: equals)...])
      let steps = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if let reason = Self.refusal(of: path, steps) {
        refuse(path.isEmpty ? argument : path, reason)
        continue
      }
      let value = (try? JSON5.parse(text)) ?? .string(text)
      tree = Self.setting(value, in: tree, at: steps[...])
      setPaths.append(path)
    }
  }

  /// Applies a testbed: the descriptor's links become the testbed's ports. If the descriptor does not state
  /// the steering, the ports steer.
  mutating func apply(_ testbed: Testbed) {
    let measure = CheckedMeasure(tree)
    guard measure.isCircuit else {
      let reason =
        "is for roles that links connect; this descriptor measures \(measure.words), which stays on "
        + "one machine; run it without a testbed"
      problems.append(Problem(path: "--testbed", reason: reason))
      return
    }
    tree["link"] = .string(LinkKind.ports.rawValue)
    tree["ports"] = testbed.ports.tree
    testbedPaths = ["link", "ports"]
    if tree["steering"] == nil {
      tree["steering"] = .string(Steering.nic.rawValue)
      testbedPaths.append("steering")
    }
  }

  /// The problem, with a path that says where the value came from.
  func labelled(_ problem: Problem) -> Problem {
    let path = problem.path
    if testbedPaths.contains(where: { path == $0 || path.hasPrefix("\($0).") }) {
      return Problem(path: "--testbed \(path)", reason: problem.reason)
    }
    let isSet = setPaths.contains {
      // The problem concerns the value itself, a part of it, or an object that contains it.
      path == $0 || path.hasPrefix("\($0).") || path.hasPrefix("\($0)[") || $0.hasPrefix("\(path).")
    }
    if isSet {
      return Problem(path: "--set \(path)", reason: problem.reason)
    }
    let steps = path.prefix { $0 != "[" }.split(separator: ".").map(String.init)
    if !steps.isEmpty, let overlay, Self.holds(overlay, steps[...]) {
      return Problem(path: "quick.\(path)", reason: problem.reason)
    }
    return problem
  }

  private mutating func refuse(_ path: String, _ reason: String) {
    problems.append(Problem(path: "--set \(path.told)", reason: reason))
  }

  private static func refusal(of path: String, _ steps: [String]) -> String? {
    if steps.first == "quick" {
      return "cannot be set, for the quick profile is applied before; set the value itself"
    }
    if Descriptor.shape.shape(at: steps[...]) != nil { return nil }
    if path.contains("[") { return "single values of a list cannot be set; set the whole list" }
    let paths = Descriptor.shape.paths
    let guess = paths.first { $0.hasSuffix(".\(path)") } ?? Suggestion.nearest(to: path, among: paths)
    return "is not a known path" + (guess.map { " (did you mean \"\($0)\"?)" } ?? "")
      + "; known are \(Descriptor.shape.fields.map(\.key).joined(separator: ", ")) and what is below them"
  }

  /// Objects are merged member by member; every other value, such as an axis, is replaced as a whole.
  private static func merge(_ base: JSONValue, _ overlay: JSONValue, _ shape: Shape?) -> JSONValue {
    guard case .object(let fields)? = shape, case .object(var result) = base,
      case .object(let members) = overlay
    else { return overlay }
    for key in members.keys {
      guard let member = members[key] else { continue }
      let field = fields.first { $0.key == key }
      result[key] = result[key].map { merge($0, member, field?.shape) } ?? member
    }
    return .object(result)
  }

  private static func setting(
    _ value: JSONValue, in object: JSONObject, at steps: ArraySlice<String>
  ) -> JSONObject {
    guard let key = steps.first else { return object }
    var result = object
    if steps.count == 1 {
      result[key] = value
    } else {
      var inner = JSONObject()
      if case .object(let existing)? = object[key] { inner = existing }
      result[key] = .object(setting(value, in: inner, at: steps.dropFirst()))
    }
    return result
  }

  private static func holds(_ value: JSONValue, _ steps: ArraySlice<String>) -> Bool {
    guard let key = steps.first else { return true }
    guard case .object(let object) = value, let member = object[key] else { return false }
    return holds(member, steps.dropFirst())
  }
}

/// The measured quantity and setup of a tree that was not yet checked as a whole.
private struct CheckedMeasure {
  private let what: String
  private let setup: String

  init(_ tree: JSONObject) {
    func member(_ key: String, _ standard: String) -> String {
      if case .string(let word)? = tree.member(key, of: "measure") { word } else { standard }
    }
    what = member("what", MeasuredQuantity.standard.rawValue)
    setup = member("setup", MeasuredSetup.standard.rawValue)
  }

  var isCircuit: Bool {
    what == MeasuredQuantity.throughput.rawValue && setup == MeasuredSetup.circuit.rawValue
  }
  var words: String { what == MeasuredQuantity.throughput.rawValue ? "a gateway alone (dut)" : what }
}
