import Foundation
import Testing

extension CommandTests {
  /// A disk that becomes full during a run.
  @Suite struct FullDiskTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func whatIsJournalledIsKept() async throws {
      try Host.requireRoot()
      let disk = try scratch.folder("disk")
      let kept = scratch.path("kept")
      // Only this process sees the small disk, which ends with the process.
      let script = """
        mount -t tmpfs -o size=64k tmpfs "$1" || exit 99
        disk=$1 kept=$2
        shift 2
        "$@"
        status=$?
        cp --recursive --no-dereference "$disk" "$kept" || exit 98
        exit $status
        """
      let words =
        [
          "unshare", "--mount", "sh", "-c", script, "sh", disk, kept, try Vpebench.binary, "run",
          "experiments/figure-5.json5", "--only", "*-64B-2t-0h", "--output", disk,
        ] + Vpebench.short(windows: 20, seconds: 0.02)
      let ending = try await Program.run(words)
      #expect(ending.status == 1)
      let complaints = ending.errorLines.filter { $0.hasPrefix("vpebench:") }
      #expect(complaints.count == 1, "\(ending.errors)")
      for word in ["\(disk)/figure-5/", "journal.jsonl", "No space left on device", "free space", "--output"]
      {
        #expect(complaints.first?.contains(word) == true, "\(ending.errors)")
      }
      #expect(!ending.output.contains("written:"), "\(ending.output)")

      let folder = try RunFolder.only(of: "figure-5", in: kept)
      let samples = try folder.journal()
      #expect((1..<60).contains(samples.count))
      let parts = folder.names.filter { $0.contains(".tmp") }
      #expect(parts == [], "half files are left")
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [], "the disk is still mounted")
    }
  }
}
