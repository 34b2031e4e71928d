import Foundation
import Testing

extension CommandTests {
  /// Standard output that cannot be written, or that has no reader.
  @Suite struct OutputTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A run's tables, so that the commands that read them have something to print.
    private static let reference = "results/reference/figure-5/latest"

    /// Runs a shell command; `$0` is the program, `$1` a folder to write to.
    private func shell(_ line: String) async throws -> Ending {
      try await Program.run(["bash", "-c", line, try Vpebench.binary, scratch.path])
    }

    @Test(arguments: [
      "--help", "", "--version", "help run", "run --help", "list", "list experiments/figure-5.json5",
      "validate experiments/figure-5.json5", "check", "decode Tests/Fuzz/corpus/capture/pcap",
      "report \(reference) --output $1/report", "compare \(reference) \(reference)",
      "plot \(reference) --output $1",
    ])
    func aFullDiskIsAnError(words: String) async throws {
      let ending = try await shell("\"$0\" \(words) > /dev/full")
      #expect(ending.status == 1, "\(ending.errors)")
      #expect(
        ending.errors == "vpebench: cannot write standard output: No space left on device\n",
        "\(ending.errors)")
    }

    @Test func aClosedStandardOutputIsAnError() async throws {
      // The next opened file, such as a journal, must not get the number of standard output, or output would
      // be written into it.
      let words =
        "run experiments/figure-5.json5 --only baseline-none-64B-2t-0h --output $1 --set measure.windows=1"
      for line in ["\"$0\" list >&-", "\"$0\" \(words) --set measure.window_seconds=0.1 >&-"] {
        let ending = try await shell(line)
        #expect(ending.status == 1, "\(line): \(ending.errors)")
        #expect(ending.errors.hasSuffix("vpebench: cannot write standard output: Bad file descriptor\n"))
      }
      #expect(try RunFolder.only(of: "figure-5", in: scratch.path).journal().count == 1)
    }

    @Test func aRunThatCannotPrintMeasuresAndFails() async throws {
      let ending = try await shell(
        "\"$0\" run experiments/figure-5.json5 --only baseline-none-64B-2t-0h --output $1 "
          + "--set measure.windows=2 --set measure.window_seconds=0.1 > /dev/full")
      #expect(ending.status == 1)
      #expect(ending.errors.hasSuffix("vpebench: cannot write standard output: No space left on device\n"))
      let folder = try RunFolder.only(of: "figure-5", in: scratch.path)
      #expect(try folder.journal().count == 2 && folder.rows("samples.csv").count == 2)
    }

    @Test(arguments: ["nonsense", "run", "run experiments/none.json5", "validate experiments/none.json5"])
    func standardErrorThatCannotBeWrittenIsNoCrash(words: String) async throws {
      for redirection in ["2>/dev/full", "2>&-", "2>&- >&- <&-"] {
        let ending = try await shell("\"$0\" \(words) \(redirection)")
        #expect(ending.signal == nil && [1, 2].contains(ending.status), "\(words) \(redirection)")
      }
    }

    @Test func whoseReaderHasGoneEndsAtOnce() async throws {
      // The input has no end, so a program that continued to read would not end.
      let header = "d4c3b2a1020004000000000000000000ffff000001000000"
      let frame = "00000000000000000e0000000e000000" + "ffffffffffff0200000000010806"
      let line = """
        mkfifo "$1/fifo" || exit 90
        { printf '%s' \(header) | xxd -r -p; yes \(frame) | xxd -r -p; } > "$1/fifo" 2>/dev/null &
        "$0" decode "$1/fifo" | head -1
        echo "${PIPESTATUS[0]}"
        """
      let ending = try await shell(line)
      let lines = ending.output.split(separator: "\n")
      #expect(lines.count == 2 && lines.first?.hasPrefix("1 ") == true, "\(ending.output) \(ending.errors)")
      // The program ends by SIGPIPE, as every program that writes to a pipe without a reader.
      #expect(lines.last == "141", "\(ending.errors)")
    }

    @Test func aRunWhoseReaderHasGoneEndsCleanly() async throws {
      let ending = try await shell(
        "\"$0\" run experiments/figure-5.json5 --only '*-64B-2t-0h' --output $1 --set measure.windows=1000 "
          + "--set measure.window_seconds=0.1 | head -1")
      #expect(ending.errors.contains("interrupted"), "\(ending.errors)")
      let folder = try RunFolder.only(of: "figure-5", in: scratch.path)
      #expect(try folder.journal().count < 3000)
      #expect(folder.names.contains("datapackage.json"))
    }

    @Test(arguments: [
      (["check", "foo"], "foo"), (["help", "nonsense"], "no command nonsense"),
      (["check", "--", "--help"], "--help"),
    ])
    func aWordThatMeansNothingIsRefused(words: [String], name: String) async throws {
      let ending = try await Vpebench.run(words)
      #expect(ending.status == 2 && ending.output == "" && ending.errorLines.count == 1)
      #expect(ending.errors.contains(name), "\(ending.errors)")
    }

    @Test func onlyMayBeRepeatedAndIsAList() async throws {
      let words = ["list", "experiments/figure-5.json5", "--only", "vpe-*-64B-*-0h"]
      let two = try await Vpebench.run(words + ["--only", "esp-single-*-1420B-*-0h"])
      #expect(two.status == 0, "\(two.errors)")
      #expect(two.output == "esp-single-aes128gcm-1420B-2t-0h\nvpe-aes128gcm-64B-2t-0h\n", "\(two.output)")
      let list = try await Vpebench.run(
        ["list", "experiments/figure-5.json5", "--only=vpe-*-64B-*-0h,esp-single-*-1420B-*-0h"])
      #expect(list.output == two.output)
      let wrong = try await Vpebench.run(words + ["--only", "vpf-*"])
      #expect(wrong.status == 1 && wrong.output == "" && wrong.errors.contains("\"vpf-*\" matches none"))
    }
  }
}
