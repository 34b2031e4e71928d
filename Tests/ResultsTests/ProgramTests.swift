import Foundation
import Results
import Testing

@Suite struct ProgramTests {
  @Test func outputAndErrorsAreReadSideBySide() throws {
    // The program writes more to each pipe than the pipe holds, in turn. A reader that reads one to its end
    // first would wait forever.
    let script = "for i in $(seq 40); do head -c 10000 /dev/zero; head -c 10000 /dev/zero >&2; done"
    let outcome = try #require(Program.run(["sh", "-c", script]))
    #expect(outcome.status == 0)
    #expect(outcome.output.count == 400_000 && outcome.errors.count == 400_000)
  }

  @Test func theStatusIsTheShells() {
    #expect(Program.run(["sh", "-c", "exit 3"])?.status == 3)
    #expect(Program.run(["sh", "-c", "kill -9 $$"])?.status == 137)
    #expect(Program.run(["no-such-program"]) == nil)
  }

  @Test func itHasTheInputAndTheVariablesThatItIsGiven() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("program-\(UUID())").path
    try Data("what it reads".utf8).write(to: URL(fileURLWithPath: file))
    defer { try? FileManager.default.removeItem(atPath: file) }
    let input = open(file, O_RDONLY)
    defer { close(input) }
    #expect(Program.run(["cat"], input: input)?.text == "what it reads")
    // Without an input file the program reads nothing; its output goes where it is told.
    #expect(Program.run(["cat"])?.output == Data())

    let variables = Program.run(["env"], keeping: ["PATH"])?.text.split(separator: "\n") ?? []
    #expect(Set(variables.map { $0.prefix { $0 != "=" } }) == ["LC_ALL", "PATH"])
    #expect(variables.contains("LC_ALL=C"))
  }

  @Test func complaintsAreOneLine() {
    #expect(Program.run(["sh", "-c", "printf 'no\\n  room \\n' >&2"])?.complaint == "no room")
    #expect(Program.run(["true"])?.complaint == "it said nothing")
  }
}
