import Foundation
import Testing

extension StillTests {
  /// `tools/make-ipsec-mb`: which crypto library the build uses, on made-up systems.
  @Suite struct CryptoLibraryTests {
    private let scratch: Scratch

    init() throws {
      scratch = try Scratch()
      let tools = try scratch.folder("tools")
      _ = try scratch.folder("bin")
      try FileManager.default.copyItem(
        at: Repository.root.appendingPathComponent("tools/make-ipsec-mb"),
        to: URL(fileURLWithPath: tools + "/make-ipsec-mb"))
      // A made-up apt that either offers a newer release's package or nothing.
      try program(
        "tools/apt-aside",
        """
        echo "$*" >>"$LOG"
        [[ $REACHES == yes ]] || { echo "apt reaches nothing" >&2; exit 100; }
        [[ $* != *" download "* ]] || echo package >libipsec-mb-dev_2.0-1_amd64.deb
        """)
      try program("bin/dpkg-query", "echo -n \"$SYSTEM\"")
      try program(
        "bin/dpkg-deb",
        """
        case $1 in
          --field) echo 2.0-1 ;;
          --extract)
            mkdir -p "$3"/usr/{include,lib/x86_64-linux-gnu}
            echo "// fetched" >"$3/usr/include/intel-ipsec-mb.h"
            echo fetched >"$3/usr/lib/x86_64-linux-gnu/libIPSec_MB.a" ;;
        esac
        """)
    }

    private func program(_ name: String, _ text: String) throws {
      let path = try scratch.write("#!/usr/bin/env bash\nset -euo pipefail\n\(text)\n", to: name)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// - Parameter system: the version of the system's package.
    private func make(system: String, reaches: Bool, _ words: String...) async throws -> Ending {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      return try await Program.run(
        [scratch.path("tools/make-ipsec-mb"), scratch.path("library")] + words,
        environment: [
          "PATH": "\(scratch.path("bin")):\(path)", "SYSTEM": system, "REACHES": reaches ? "yes" : "no",
          "LOG": scratch.path("log"),
        ])
    }

    private func text(_ name: String) -> String {
      (try? String(contentsOfFile: scratch.path(name), encoding: .utf8)) ?? ""
    }

    private var asked: Int { text("log").split(separator: "\n").count }

    @Test(arguments: ["1.4-1", "2.0-1+b1"]) func aNewSystemsIsTaken(system: String) async throws {
      let ending = try await make(system: system, reaches: false)
      #expect(ending.status == 0 && ending.output == "" && ending.errors == "", "\(ending)")
      #expect(text("library/version") == "\(system) system\n" && asked == 0)
      #expect(text("library/include/ipsec-mb-origin.h").contains("\(system), installed on "))
      let files = FileManager.default
      #expect(files.fileExists(atPath: scratch.path("library/lib/libvpebench-ipsec-mb.a")))
    }

    @Test func withAnOldOneANewerIsFetchedOnce() async throws {
      let ending = try await make(system: "1.3-2", reaches: true)
      #expect(ending.status == 0 && ending.errors == "", "\(ending)")
      #expect(text("library/version") == "2.0-1 trixie\n")
      #expect(text("library/lib/libvpebench-ipsec-mb.a") == "fetched\n")
      #expect(text("library/include/intel-ipsec-mb.h") == "// fetched\n")
      #expect(text("library/include/ipsec-mb-origin.h").contains("2.0-1, fetched from Debian trixie\""))
      #expect(!FileManager.default.fileExists(atPath: scratch.path("library/fetch")))
      let requests = asked
      #expect(requests == 2)
      // After that, the script is quick, needs no network and prints nothing.
      let again = try await make(system: "1.3-2", reaches: false)
      #expect(again.status == 0 && again.output == "" && again.errors == "" && asked == requests, "\(again)")
      // Unless the system has a new library by now.
      _ = try await make(system: "2.0-1", reaches: false)
      #expect(text("library/version") == "2.0-1 system\n")
    }

    @Test func whereNoneCanBeHadTheOldOneIsTakenWithAWarning() async throws {
      for attempt in 1...2 {
        let ending = try await make(system: "1.3-2", reaches: false)
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.errors.contains("threads on several cores slow each other"), "\(ending.errors)")
        #expect(text("library/version") == "1.3-2 system\n")
        // The script tries again each time, because a mirror may become available.
        #expect(asked == attempt)
      }
      _ = try await make(system: "1.3-2", reaches: true)
      #expect(text("library/version") == "2.0-1 trixie\n")
    }

    @Test func theSystemsIsTakenWhereItIsAskedFor() async throws {
      let ending = try await make(system: "1.3-2", reaches: true, "system")
      #expect(ending.status == 0 && ending.errors == "" && asked == 0, "\(ending)")
      #expect(text("library/version") == "1.3-2 system\n")
    }
  }
}
