import Foundation
import Testing

extension CommandTests {
  /// strongSwan's ESP in user space, `libipsec`, as one of the two gateways.
  @Suite(
    .enabled(
      if: StrongSwan.isHere, "strongswan-esp could not be built here; `tools/make-strongswan` says why"))
  struct StrongSwanTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let experiment = "interoperation-strongswan"

    /// - Parameter sendTwiceEvery: the interval of strongSwan's packets that are sent a second time.
    private func run(_ words: [String], sendTwiceEvery: Int? = nil) async throws -> RunFolder {
      try Host.requireRoot()
      let file = "experiments/\(Self.experiment).json5"
      let all = ["run", file, "--quick", "--output", scratch.path] + words + Vpebench.short()
      let environment = sendTwiceEvery.map { ["STRONGSWAN_ESP_SEND_TWICE": "\($0)"] } ?? [:]
      let ending = try await Program([try Vpebench.binary] + all, environment: environment).ending()
      #expect(!ending.output.contains("is not here"), "\(ending.output)")
      return try RunFolder.only(of: Self.experiment, in: scratch.path)
    }

    private func number(_ row: [String: String], _ column: String) throws -> Int {
      try #require(Int(row[column] ?? ""), "\(column) in \(row)")
    }

    /// Every padding with one cipher, and every cipher with the longest frames. Frames pass each gateway in
    /// both directions. Some packets are given to `libipsec` twice; if it opened the second copy, the frame
    /// would come back twice.
    @Test(arguments: [("gateway-b", "*-aes128gcm-*,*-1420B-*", 4), ("gateway-a", "*-1420B-*", 0)])
    func ourGatewayAndStrongSwansOpenWhatTheOtherSealed(theirs: String, cases: String, more: Int) async throws
    {
      let folder = try await run([
        "--set", #"peers={"\#(theirs)":"strongswan"}"#, "--set", "sweep.frame_bytes=[64,65,66,67,1420]",
        "--only", cases,
      ])
      let rows = try folder.rows("samples.csv")
      #expect(rows.count == StrongSwan.aeads + more && Set(rows.map { $0["aead"] }).count == StrongSwan.aeads)
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "veth", "\(row)")
        #expect(try number(row, "frames_sent") > 0 && row["frames_received"] == row["frames_sent"], "\(row)")
      }
      let ours = theirs == "gateway-a" ? "gateway-b" : "gateway-a"
      // The journal counts: if strongSwan uses our threads' cores, no sample counts for figures.
      #expect(Set(try folder.journal().flatMap(\.stages).map(\.role)) == ["generator", ours, "reflector"])

      // strongSwan's counts of the last sample.
      let log = try folder.text("logs/\(theirs)-peer.log")
      let counts = try #require(
        log.firstMatch(
          of: /: (\d+) sealed, (\d+) arrived, (\d+) opened, (\d+) replayed, (\d+) replays refused, 0 other/),
        "\(log)")
      #expect(counts.1 == counts.2 && counts.2 == counts.3, "\(log)")
      #expect(rows.contains { $0["frames_sent"] == String(counts.1) }, "\(log)")
      #expect(counts.4 == counts.5 && Int(counts.4) == Int(counts.2).map { $0 / 16 }, "\(log)")
    }

    /// strongSwan's packets come twice. Our gateway counts each copy as replayed, and there is no other
    /// fault.
    @Test func ourGatewayRefusesReplaysOfStrongSwansPackets() async throws {
      let folder = try await run(["--only", "*-64B-*"], sendTwiceEvery: 10)
      let rows = try folder.rows("samples.csv")
      #expect(rows.count == StrongSwan.aeads)
      for row in rows {
        let sent = try number(row, "frames_sent")
        #expect(
          sent >= 10 && row["frames_received"] == "\(sent)" && row["frames_duplicated"] == "0", "\(row)")
        // A copy is neither lost nor accepted. That copies exist makes the sample invalid.
        let faults = row["faults"] ?? ""
        #expect(faults.contains("gateway-a open 1: \(sent / 10) dropped as replayed;"), "\(row)")
        #expect(faults.hasSuffix(" \(sent / 10) too many") && faults.split(separator: ";").count == 3)
      }
    }

    /// The limits in the documentation are strongSwan's own.
    @Test(arguments: [
      ("udp", "esn", "ESN not supported"), ("ip", "no-esn", "only UDP encapsulation is supported"),
    ])
    func libipsecRefusesWhatItLacks(encapsulation: String, numbers: String, message: String) async throws {
      let plugins = StrongSwan.folder + "/debian/usr/lib/ipsec/plugins"
      let key = String(repeating: "07", count: 20)
      let ending = try await Program.run(
        [
          StrongSwan.program, plugins, "random aesni openssl", "aes-128-gcm", "16781312", key, "33558528",
          key,
        ]
          + [encapsulation, numbers, "192.0.2.1", "192.0.2.2", "4500", "198.18.0.1/32", "198.19.0.1/32"]
          + ["020000000001", "020000000004"])
      #expect(ending.status == 1 && ending.errors.contains(message), "\(ending)")
    }
  }

  @Suite struct StrongSwanGapTests {
    @Test func withoutItItsCasesAreAStatedGap() async throws {
      let scratch = try Scratch()
      let words = ["run", "experiments/interoperation-strongswan.json5", "--quick", "--output", scratch.path]
      let ending = try await Program(
        [try Vpebench.binary] + words, environment: ["VPEBENCH_PEERS": scratch.path("nothing")]
      ).ending()
      #expect(ending.status == 0 && ending.errors == "")
      let cases = 2 * StrongSwan.aeads
      #expect(
        ending.output
          == "note: strongswan-esp is not here, and so \(cases) of \(cases) cases are left out; "
          + "`make peers` builds it\n")
    }
  }
}

/// Where `make peers` installs strongSwan.
private enum StrongSwan {
  static let folder =
    (ProcessInfo.processInfo.environment["VPEBENCH_PEERS"]
      ?? Repository.root.appendingPathComponent(".build/peers").path) + "/strongswan"
  static let program = folder + "/strongswan-esp"
  /// The descriptor's ciphers: all that both sides support.
  static let aeads = 4
  static var isHere: Bool { FileManager.default.isExecutableFile(atPath: program) }
}
