import Foundation
import Testing

extension CommandTests {
  /// Single gateways between a tester's ports, and DPDK's `ipsec-secgw` as one of the two gateways.
  @Suite struct PeerTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let short = [
      "--set", "measure.windows=1", "--set", "black_box.packets=40000",
      "--set", #"black_box.modes=["lookaside-single-sa","cpu-crypto","legacy"]"#,
    ]

    private func rows(_ experiment: String, _ words: [String]) async throws -> [[String: String]] {
      let file = "experiments/\(experiment).json5"
      let ending = try await Vpebench.run(["run", file, "--quick", "--output", scratch.path] + words)
      #expect(!ending.output.contains("ipsec-secgw is not here"), "`make test` builds it: \(ending.output)")
      return try RunFolder.only(of: experiment, in: scratch.path).rows("samples.csv")
    }

    private func number(_ row: [String: String], _ column: String) throws -> Double {
      try #require(Double(row[column] ?? ""), "\(column) in \(row)")
    }

    /// A single gateway does its work: nothing is lost, and ours accept no replay. Neither its speed nor
    /// whether the tester can show it matters to the test.
    @Test func everyLoneGatewaySealsAndOpensWhatItIsFed() async throws {
      let rows = try await rows("baseline", Self.short)
      #expect(rows.count == 12)
      let text = try RunFolder.only(of: "baseline", in: scratch.path).text("environment.json")
      #expect(text.contains("ipsec-secgw\" : \"DPDK ") && text.contains(", intel-ipsec-mb "), "\(text)")
      for row in rows {
        #expect(row["valid"] == "true", "\(row)")
        #expect(try number(row, "frames_checked") > 60, "\(row)")
        #expect(row["frames_damaged"] == "0" && row["frames_received"] == row["frames_sent"], "\(row)")
        #expect(row["link"] == "memif" && row["basis"] == "capacity")
        #expect(try number(row, "seal_cycles_per_packet") > 0 && number(row, "open_cycles_per_packet") > 0)
        let slower = try min(number(row, "seal_mpps"), number(row, "open_mpps"))
        let capacity = try slower * number(row, "frame_bytes") * 8 / 1000
        #expect(abs(try number(row, "capacity_gbps") / capacity - 1) < 1e-6)
      }
      expectReplaysGetThroughThePeerAlone(rows.filter { $0["frame_bytes"] == "64" })
    }

    /// DPDK's crypto device, which third-party gateways use, has the library with which this program is
    /// linked.
    @Test func thePeersHaveOurCryptoLibrary() async throws {
      let check = try await Vpebench.run(["check"])
      let ours = try #require(check.output.firstMatch(of: /intel-ipsec-mb +(\d+\.\d+\.\d+)/)).output.1
      let peers =
        URL(fileURLWithPath: try Vpebench.binary).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/peers"
      let isOwn = FileManager.default.fileExists(atPath: peers + "/peer-crypto.so")
      let options =
        "--lcores 0@0,1@0 --no-huge -m 512 --no-pci --no-telemetry --no-shconf --log-level lib.eal:info "
        + "--vdev crypto_aesni_gcm0 -- --silent --devtype crypto_aesni_gcm --aead-algo aes-gcm "
        + "--aead-key-sz 16 --aead-op encrypt --aead-iv-sz 12 --aead-aad-sz 8 --digest-sz 16 --buffer-sz 64 "
        + "--total-ops 1000 --ptest throughput --optype aead"
      let ending = try await Program.run(
        ["dpdk-test-crypto-perf"] + (isOwn ? ["-d", "peer-crypto.so"] : [])
          + options.split(separator: " ").map(String.init),
        environment: ["LD_LIBRARY_PATH": peers])
      let text = ending.output + ending.errors
      #expect(text.contains("library version used: \(ours)"), "\(text)")
    }

    /// Our gateway accepts exactly one copy. DPDK 22.11 marks no number with bit 5 set: of 64 consecutive
    /// numbers it accepts 32 twice (`esn_inb_update_sqn` shifts into 32 bits). Its own data path has no
    /// window at all.
    private func expectReplaysGetThroughThePeerAlone(_ rows: [[String: String]]) {
      let rows = rows.filter { $0["system"] != "tester" }
      let accepted = Dictionary(
        rows.map { ($0["peer_mode"] ?? "", $0["replays_accepted"]) }, uniquingKeysWith: { $1 })
      #expect(rows.allSatisfy { $0["replays_sent"] == "64" })
      #expect(accepted == ["": "0", "lookaside-single-sa": "32", "cpu-crypto": "32", "legacy": "64"])
    }

    /// Every padding with one cipher, and every cipher with the longest frames. Frames pass each gateway in
    /// both directions.
    @Test(arguments: [("gateway-b", "*-aes128gcm-*,*-1420B-*", 7), ("gateway-a", "*-1420B-*", 3)])
    func ourGatewayAndThePeersOpenWhatTheOtherSealed(theirs: String, cases: String, count: Int) async throws {
      try Host.requireRoot()
      let ours = theirs == "gateway-a" ? "gateway-b" : "gateway-a"
      let rows = try await rows(
        "interoperation",
        [
          "--set", #"peers={"\#(theirs)":"cpu-crypto"}"#, "--set", "sweep.frame_bytes=[64,65,66,67,1420]",
          "--set", #"sweep.aead=["aes-128-gcm","aes-192-gcm","aes-256-gcm"]"#, "--only", cases,
        ] + Vpebench.short())
      #expect(rows.count == count)
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "veth", "\(row)")
        let sent = try number(row, "frames_sent")
        #expect(sent > 0 && row["frames_received"] == row["frames_sent"], "\(row)")
      }
      // The journal counts: if the peer uses our threads' cores, no sample counts for figures.
      let samples = try RunFolder.only(of: "interoperation", in: scratch.path).journal()
      #expect(Set(samples.flatMap(\.stages).map(\.role)) == ["generator", ours, "reflector"])
    }

    @Test func theCryptoDeviceIsARowOfTheFloor() async throws {
      let rows = try await rows(
        "floor",
        [
          "--only", "cryptodev-*", "--set", "sweep.frame_bytes=[64]", "--set", "measure.repetitions=1",
          "--set", "measure.packets=20000",
        ])
      #expect(
        Set(rows.map { $0["aead"] }) == ["aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-poly1305"])
      for row in rows {
        #expect(row["valid"] == "true" && row["basis"] == "measured", "\(row)")
        #expect(try number(row, "seal_cycles_per_packet") > 0 && number(row, "open_cycles_per_packet") > 0)
      }
    }

    @Test func whatIsNotHereIsAStatedGap() async throws {
      func run(_ words: [String]) async throws -> Ending {
        let all = [try Vpebench.binary, "run", "--quick", "--output", scratch.path] + words
        return try await Program(all, environment: ["VPEBENCH_PEERS": scratch.path("nothing")]).ending()
      }
      let gap = "; `make peers` builds it\n"
      let none = try await run(["experiments/interoperation.json5"])
      #expect(none.status == 0 && none.errors == "")
      #expect(
        none.output == "note: ipsec-secgw is not here, and so 2 of 2 cases are left out" + gap)
      #expect(RunFolder.all(of: "interoperation", in: scratch.path).isEmpty)

      let some = try await run(
        ["experiments/baseline.json5", "--only", "[ei]*-64B-2t-0h*"] + Self.short)
      #expect(some.status == 0, "\(some.errors)")
      // The tester's case is included, because it decides whether the others can be shown.
      #expect(
        some.output.hasPrefix("note: ipsec-secgw is not here, and so 3 of 5 cases are left out" + gap))
      let rows = try RunFolder.only(of: "baseline", in: scratch.path).rows("samples.csv")
      #expect(rows.count == 2 && rows.allSatisfy { $0["system"] != "ipsec-secgw" })
    }
  }
}
