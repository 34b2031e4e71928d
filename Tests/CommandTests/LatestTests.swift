import Foundation
import Testing

extension CommandTests {
  /// To which runs `latest` points.
  @Suite struct LatestTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func text(_ members: String = "", question: String = "Is it the latest?") -> String {
      """
      {name: "try", question: "\(question)", systems: ["null", "vpe"], sweep: {frame_bytes: 64},
       measure: {windows: 1, window_seconds: 0.1, warm_up_seconds: 0.1}, \(members)}
      """
    }

    private func words(_ text: String, _ more: String...) throws -> [String] {
      ["run", try scratch.write(text, to: "try.json5"), "--output", scratch.path("out")] + more
    }

    private var latest: String? {
      try? FileManager.default.destinationOfSymbolicLink(atPath: scratch.path("out/try/latest"))
    }

    private var newest: String? { RunFolder.all(of: "try", in: scratch.path("out")).last?.name }

    @Test func itMovesToWholeRunsAlone() async throws {
      let first = try await Vpebench.run(try words(text(), "--only", "vpe-*"))
      #expect(first.status == 0 && latest == nil, "\(first.errors)")
      #expect(first.output.contains("whole runs only") && !first.output.contains("\n         "))
      let whole = try await Vpebench.run(try words(text()))
      #expect(whole.status == 0, "\(whole.errors)")
      let kept = try #require(latest)
      #expect(kept == newest && whole.output.contains("out/try/latest\n"), "\(whole.output)")

      let part = try await Vpebench.run(try words(text(), "--only", "vpe-*"))
      #expect(part.status == 0 && latest == kept && newest != kept)
      #expect(part.output.contains("1 case, 1 sample, into"), "\(part.output)")
      // If `--only` names all cases, the run is complete.
      let all = try await Vpebench.run(try words(text(), "--only", "vpe-*,null-*"))
      #expect(all.status == 0 && latest == newest, "\(all.output)")
    }

    @Test func itDoesNotMoveToARunThatWasEnded() async throws {
      let whole = try await Vpebench.run(try words(text()))
      #expect(whole.status == 0, "\(whole.errors)")
      let kept = try #require(latest)
      let run = try Vpebench.start(try words(text(), "--set", "measure.windows=200"))
      _ = try await eventually {
        newest != kept
          && RunFolder.all(of: "try", in: scratch.path("out")).contains {
            $0.name != kept && $0.journalled > 0
          }
      }
      run.send(SIGINT)
      let ending = try await run.ending()
      #expect(ending.status == 1 && latest == kept && newest != kept)
      #expect(ending.output.contains(/\d+ of 400 samples were not run/), "\(ending.output)")
    }

    @Test func anotherExperimentOfTheSameNameDoesNotTakeIt() async throws {
      #expect(try await Vpebench.run(try words(text())).status == 0)
      let kept = try #require(latest)
      for other in [text(question: "Is it another?"), text().replacing("\"null\", ", with: "")] {
        let ending = try await Vpebench.run(try words(other))
        #expect(ending.status == 0 && latest == kept && newest != kept, "\(ending.errors)")
        #expect(ending.output.contains("latest stays at \(kept)"), "\(ending.output)")
      }
      // The same experiment, even if less of it is measured.
      let more = try await Vpebench.run(try words(text(), "--set", "measure.windows=2"))
      #expect(more.status == 0 && latest == newest, "\(more.output)")
    }

    /// A file system without symbolic links, such as exFAT or a shared folder of a virtual machine.
    @Test func withoutSymbolicLinksARunIsWhole() async throws {
      let source = try scratch.write(
        """
        #include <errno.h>
        int symlink(const char *a, const char *b) { (void)a; (void)b; errno = EPERM; return -1; }
        int symlinkat(const char *a, int d, const char *b) { (void)d; return symlink(a, b); }
        """, to: "nosym.c")
      let library = scratch.path("nosym.so")
      let built = try await Program.run(["cc", "-shared", "-fPIC", "-o", library, source])
      try #require(built.status == 0, "no C compiler: \(built.errors)")
      let ending = try await Program.run(
        [try Vpebench.binary] + words(text()), environment: ["LD_PRELOAD": library])
      #expect(ending.status == 0 && ending.errorLines.allSatisfy { !$0.hasPrefix("vpebench:") })
      #expect(ending.output.contains("there is no link") && ending.output.contains("Operation not permitted"))
      #expect(!ending.output.contains("out/try/latest\n"), "\(ending.output)")
      let folder = try RunFolder.only(of: "try", in: scratch.path("out"))
      #expect(try folder.journal().allSatisfy(\.valid) && folder.names.contains("datapackage.json"))
    }

    /// A folder has the name `latest`.
    @Test func aFolderInItsPlaceIsLeftAlone() async throws {
      try FileManager.default.createDirectory(
        atPath: scratch.path("out/try/latest/mine"), withIntermediateDirectories: true)
      let ending = try await Vpebench.run(try words(text()))
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("there is no link"), "\(ending.output)")
      #expect(FileManager.default.fileExists(atPath: scratch.path("out/try/latest/mine")))
    }
  }
}
