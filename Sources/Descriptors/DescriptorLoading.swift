import Foundation
import Results

extension Descriptor {
  /// Reads and checks a descriptor. Nothing is started or written.
  ///
  /// 1. The file itself is checked, including its quick profile.
  /// 2. The quick profile is applied if `quick` is true, then each `PATH=VALUE` of `set` in order, then the
  ///    testbed, if there is one.
  /// 3. The result is checked against the shape for the measured quantity, and then against the rules on
  ///    combinations of values.
  ///
  /// - Throws: `DescriptorError` with all problems of the first step that finds any.
  public static func load(
    file: URL, quick: Bool, set: [String], on testbed: Testbed? = nil
  ) throws(DescriptorError) -> Descriptor {
    try parse(try Shape.text(of: file), file: file, quick: quick, set: set, on: testbed)
  }

  /// Whether a testbed can run a descriptor.
  public enum Suitability {
    /// The testbed can run it.
    case suited(Descriptor)
    /// The testbed cannot run it: the reason, a sentence.
    case unsuited(String)
  }

  /// Like `load`, but an unsuitable testbed is no error.
  public static func loadIfSuited(
    file: URL, quick: Bool, on testbed: Testbed?
  ) throws(DescriptorError) -> Suitability {
    // An error that does not depend on the testbed is thrown without mentioning the testbed.
    let alone = try load(file: file, quick: quick, set: [])
    guard let testbed else { return .suited(alone) }
    do {
      return .suited(try load(file: file, quick: quick, set: [], on: testbed))
    } catch {
      let reasons = error.problems.map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
      return .unsuited("\(alone.name) is left out, for a testbed cannot show it: \(reasons)")
    }
  }

  /// Like `load`, for a text that was already read. `file` serves for messages and to find the paper's
  /// values.
  package static func parse(
    _ text: String, file: URL, quick: Bool, set: [String], on testbed: Testbed? = nil
  ) throws(DescriptorError) -> Descriptor {
    guard case .object(let given) = try shape.check(text, of: file).given else {
      preconditionFailure("no problem, yet no object")
    }
    var overrides = DescriptorOverrides(given, quick: quick)
    overrides.apply(set)
    if let testbed { overrides.apply(testbed) }
    try refuse(overrides.problems, file)

    var checker = ShapeChecker(root: shape)
    let checked = checker.check(.object(overrides.tree), as: shape(suiting: overrides.tree), at: "")
    try refuse(checker.problems.map(overrides.labelled), file)
    guard case .object(let normal)? = checked else { preconditionFailure("no problem, yet no object") }

    let tree = CheckedTree(.object(normal.without("$schema")))
    var problems: [DescriptorError.Problem] = []
    let paper = paper(tree, file, &problems)
    let descriptor = Descriptor(checked: tree, file: file, source: text, isQuick: quick, paper: paper)
    problems = DescriptorRules.problems(in: descriptor, given: overrides.tree) + problems
    try refuse(problems.map(overrides.labelled), file)
    return descriptor
  }

  private static func paper(
    _ tree: CheckedTree, _ file: URL, _ problems: inout [DescriptorError.Problem]
  ) -> PaperValues? {
    guard let path = tree.optional("paper")?.text else { return nil }
    do {
      let folder = file.deletingLastPathComponent()
      return try PaperShape.load(file: URL(fileURLWithPath: path, relativeTo: folder))
    } catch {
      problems += error.problems.map {
        .init(
          path: "paper", reason: [path, $0.path, $0.reason].filter { !$0.isEmpty }.joined(separator: ": "))
      }
      return nil
    }
  }

  private static func refuse(
    _ problems: [DescriptorError.Problem], _ file: URL
  ) throws(DescriptorError) {
    if !problems.isEmpty { throw DescriptorError(file: file.relativePath, problems: problems) }
  }
}
