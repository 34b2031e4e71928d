import Testing

/// Each rule of this folder on a small example that offends it and on one that does not.
@Suite struct RuleTests {
  @Test func codeIsFreeOfCommentsAndStrings() {
    let source = """
      let a = "{ \\(f("}")) \\" }" // {
      /* { /* nested { */ } */ let b = #"\\" {"#
      let c = \"\"\"
        " }
        \"\"\"
      """
    let code = SwiftCode(source)
    #expect(code.text.count == source.count)
    #expect(!code.text.contains("{"))
    #expect(!code.text.contains("}"))
    #expect(code.lines[0].contains("f("))
    #expect(code.lines[1].contains("let b ="))
    #expect(code.lines.count == 5)
  }

  @Test func longBodiesAreFound() {
    func function(_ lines: Int) -> String {
      "func f(a: () -> Void = { }) -> [Int] {\n" + String(repeating: "  {}\n", count: lines) + "}\n"
    }
    #expect(CodeRules.longBodies(function(3), limit: 3) == [])
    #expect(CodeRules.longBodies(function(4), limit: 3) == ["1: func has 4 lines"])
    #expect(CodeRules.longBodies("struct S {\n" + function(4) + "}", limit: 3) == ["2: func has 4 lines"])
    #expect(CodeRules.longBodies("init() {\n1\n2\n}", limit: 1) == ["1: init has 2 lines"])
    // A requirement's end is not the next type's body.
    #expect(CodeRules.longBodies("protocol P { func f() }\nstruct S {\n\n\n}", limit: 1) == [])
    #expect(CodeRules.longBodies("protocol P {\nfunc f()\nvar x: Int { get\n\n\n}\n}", limit: 1) == [])
    #expect(CodeRules.longBodies("let a = S.init()\nlet b = g {\n\n\n}", limit: 1) == [])
  }

  @Test func undocumentedDeclarationsAreFound() {
    #expect(CodeRules.undocumented("public struct S {}") == ["1: public struct S {}"])
    #expect(CodeRules.undocumented("// plain\n  public var a = 1") == ["2: public var a = 1"])
    #expect(CodeRules.undocumented("@inlinable public func f() {}").count == 1)
    #expect(CodeRules.undocumented("/// Yes.\n@inlinable\n@inline(__always)\npublic func f() {}") == [])
    #expect(CodeRules.undocumented("/// Yes.\n@inlinable @inline(__always)\npublic func f() {}") == [])
    #expect(CodeRules.undocumented("/// Yes.\npublic private(set) var a = 1") == [])
    #expect(CodeRules.undocumented("public import A\nlet s = \"public let\" // public let") == [])
    #expect(CodeRules.undocumented("public static var a: Int { 1 }", named: ["a"]) == [])
    #expect(CodeRules.undocumented("public func b() {}", named: ["a"]).count == 1)
    let source = "public protocol P {\n  static var a: Int { get }\n  func b()\n}\nstruct S {\n  var c = 1\n}"
    #expect(CodeRules.requirements(source) == ["a", "b"])
  }

  @Test func commentsThatSayNothingAreFound() {
    let source = "/// As of `X`.\n/// As of `X`, too.\n  /// In sentences.\n/// No packets.\n/// Always."
    #expect(CodeRules.emptyComments(source).map { $0.prefix(2) } == ["1:", "3:", "5:"])
  }

  @Test func printsAreFound() {
    #expect(CodeRules.prints("  print(1)") == ["1: print(1)"])
    #expect(CodeRules.prints("f { debugPrint(1) }").count == 1)
    #expect(CodeRules.prints("fingerprint(1)\npage.print(1) // print(1)\n\"print(1)\"") == [])
  }

  @Test func importsAreFound() {
    let source = """
      import A
      @preconcurrency import B
      public import C
      import struct D.E
      // import F
      @_spi(G) @preconcurrency import H
      """
    #expect(CodeRules.imports(source) == ["A", "B", "C", "D", "H"])
  }

  @Test func forbiddenImportsAreFound() {
    let rules = RoomRules(
      manifest: """
        .target(name: "Wire"), .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(
          name: "Dataplane", dependencies: ["CDPDK", "Wire"], swiftSettings: seesDPDK),
        .executableTarget(
          name: "tool",
          dependencies: [
            "CDPDK",
            "Wire",
          ]),
        """)
    #expect(rules.names == ["Wire", "CZlib", "Dataplane", "tool"])
    #expect(rules.forbidden(in: "import Foundation", target: "Wire") == ["Foundation"])
    #expect(rules.forbidden(in: "import Dataplane\nimport Wire", target: "tool") == ["Dataplane"])
    #expect(rules.forbidden(in: "import Foundation\nimport CDPDK", target: "Dataplane") == [])
    #expect(rules.forbidden(in: "import Wire", target: "Unheard") == ["Wire"])
    #expect(rules.unused(by: "tool", ["import Wire", "import Foundation"]) == ["CDPDK"])
    #expect(rules.shared == ["CDPDK"])
  }

  @Test func offendingLinesAreFound() {
    #expect(TextRules.longLines("abc\nabcd\n", limit: 3) == ["2: 4 characters"])
    #expect(
      TextRules.strayBlanks("a\n\tb\nc \n") == ["2: tab or trailing blank", "3: tab or trailing blank"])
  }

  @Test func machinePathsAreFound() {
    for folder in ["home", "root", "work"] {
      #expect(TextRules.machinePaths("a\ncd \"/\(folder)/x\"") == ["2: cd \"/\(folder)/x\""])
      #expect(TextRules.machinePaths("a/\(folder)/x ~/\(folder)/ /\(folder)") == [])
    }
  }

  @Test func linksAreFound() {
    let markdown = "[a](docs/a.md) ![b](plots/b.svg \"b\") [c](https://example.org/) [d](#d) [e](e.md#f)"
    #expect(TextRules.links(markdown) == ["docs/a.md", "plots/b.svg", "e.md"])
  }
}
