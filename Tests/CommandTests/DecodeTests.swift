import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// `vpebench decode`. `DecodingTests` test most of it without the program.
  @Suite struct DecodeTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A capture of IPv4 packets with an unknown protocol.
    private func write(packets: Int, to name: String) throws -> String {
      var ip: [UInt8] = [0x45, 0, 5, 0, 0, 0, 0, 0, 64, 253, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
      ip += [UInt8](repeating: 0, count: 1280 - ip.count)
      let frame = [UInt8](repeating: 2, count: 12) + [8, 0] + ip
      func words(_ values: UInt32...) -> Data {
        values.reduce(into: Data()) { data, value in
          withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
      }
      var data = words(0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, 1)
      for _ in 0..<packets { data += words(1, 1, UInt32(frame.count), UInt32(frame.count)) + frame }
      let path = scratch.path(name)
      try data.write(to: URL(fileURLWithPath: path))
      return path
    }

    /// Memory does not grow with the input: a capture that is larger by 64 MiB needs less than 16 MiB more.
    @Test func aLargeCaptureNeedsNoMoreMemory() async throws {
      func kibibytes(_ packets: Int) async throws -> Int {
        let path = try write(packets: packets, to: "\(packets).pcap")
        let line = """
          import resource, subprocess, sys
          subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
          print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
          """
        let ending = try await Program.run(
          [try Oracles.python, "-c", line, try Vpebench.binary, "decode", path])
        return try #require(Int(ending.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(ending)")
      }
      let (small, large) = (try await kibibytes(1000), try await kibibytes(53_000))
      #expect(large - small < 16 << 10, "\(small) KiB, then \(large) KiB")
    }

    private static let ofIPv6 = ["sweep.inner_version=['ipv6']", "sweep.frame_bytes=[84]"]

    /// A run's capture is decoded with the test keys beside it: every packet occurs once and is authentic.
    @Test(arguments: [
      ("vpe", ["sweep.threads=[6]"]), ("esp-single", ["tunnel.encapsulation='udp'", "tunnel.udp_port=4501"]),
      ("esp-multi-sa", ["sweep.threads=[4]"]), ("esp-single", ["tunnel.outer='ipv6'"]),
      ("esp-multi-sa", ["sweep.threads=[6]", "sweep.tunnels=[5]", "sweep.flows=[15]"]),
      ("vpe", ["sweep.threads=[5]", "sweep.tunnels=[5]", "sweep.flows=[15]"]),
      ("vpe", ["tunnel.outer='ipv6'", "tunnel.encapsulation='udp'", "tunnel.udp_port=4501"]),
      ("esp-single", Self.ofIPv6), ("vpe", Self.ofIPv6 + ["tunnel.outer='ipv6'"]),
      ("vpe", Self.ofIPv6 + ["sweep.encapsulation=['udp']", "tunnel.udp_port=4501"]),
    ])
    func aRunsCaptureIsDecoded(system: String, changes: [String]) async throws {
      let folder = scratch.path("capture")
      let isOfIPv6 = changes.starts(with: Self.ofIPv6)
      let run = try await Vpebench.run(
        [
          "run", "experiments/figure-5.json5", "--quick", "--output", scratch.path("results"),
          "--capture",
          folder, "--only", isOfIPv6 ? "*-84B-*" : "*-64B-*", "--set", "systems=['\(system)']", "--set",
          "traffic.rate_mpps=0.01",
        ] + changes.flatMap { ["--set", $0] } + Vpebench.short(seconds: 0.1))
      let keys = folder + "/test-keys.json5"
      try #require(FileManager.default.fileExists(atPath: keys), "\(run.errors)")
      // All processes read the same files, concurrently.
      async let read = tshark(folder, ["frame.interface_name", "vpe.icv_good"])
      async let keyless = Vpebench.run(["decode", folder + "/black.pcapng"])
      let ending = try await Vpebench.run(["decode", folder + "/black.pcapng", "--keys", keys])
      #expect(ending.status == 0 && ending.errors == "")
      let lines = ending.output.split(separator: "\n")
      let count = lines.count - 1
      #expect(
        count > 100 && lines.last.map(String.init) == "\(count) packets: \(count) new", "\(lines.last ?? "")")
      let inner = isOfIPv6 ? ["2001:2::1", "2001:2:0:1::1"] : ["198.18.0.", "198.19.0."]
      #expect(lines.dropLast().allSatisfy { line in inner.allSatisfy(line.contains) }, "\(lines[0])")

      // Wireshark opens the capture, distinguishes the sides and, with dissector and keys, finds VPE
      // authentic.
      let rows = try await read
      try #require(rows.count == count)
      for (side, name) in ["black-a-to-b", "black-b-to-a"].enumerated() {
        let prefix = changes.contains("tunnel.outer='ipv6'") ? "2001:db8::" : "192.0.2."
        let address = "\(prefix)\(side + 1)"
        let expected = [name, system == "vpe" ? "1" : ""]
        let ends = [" \(address) >", " \(address):4501 >", " [\(address)]:4501 >"]
        let own = zip(lines, rows).filter { line, _ in ends.contains(where: line.contains) }
        #expect(own.count > 50 && own.allSatisfy { $0.1 == expected }, "\(name): \(own.first?.1 ?? [])")
      }

      // Without keys no packet is authentic, and the other UDP port is unknown.
      let without = try await keyless
      #expect(without.status == 0)
      let word = changes.contains("tunnel.udp_port=4501") ? "other" : "no key"
      #expect(without.output.hasSuffix("\n\(count) packets: \(count) \(word)\n"))

      // A truncated capture: the packets before the end are printed, then the error.
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/black.pcapng"))
      try bytes.dropLast(5).write(to: URL(fileURLWithPath: scratch.path("cut.pcapng")))
      let cut = try await Vpebench.run(["decode", scratch.path("cut.pcapng"), "--keys", keys])
      #expect(cut.status == 1 && cut.errorLines.count == 1)
      #expect(cut.errors.contains("cut.pcapng cannot be read beyond packet \(count - 1) ("), "\(cut.errors)")
      #expect(Array(cut.output.split(separator: "\n").dropLast()) == Array(lines.dropLast(2)))
    }

    /// Both generations of an association, and later ones, are opened with the keys beside the capture: each
    /// packet once.
    @Test(arguments: [
      ("esp-single", 3), ("esp-multi-sa", 3), ("vpe", 3), ("eesp-subsa", 3), ("wireguard", 3), ("psp", 3),
      ("esp-parallel", 1), ("esp-ordered", 1), ("wireguard-ordered", 1),
    ])
    func associationsThatAreRenewedAreDecoded(system: String, tunnels: Int) async throws {
      let folder = scratch.path("capture")
      let aead = system.hasPrefix("wireguard") ? "chacha20-poly1305" : "aes-128-gcm"
      let run = try await Vpebench.run(
        [
          "run", "experiments/rekey.json5", "--quick", "--output", scratch.path("results"), "--capture",
          folder, "--keys-out", scratch.path("keys.json5"), "--set", "systems=['\(system)']", "--set",
          "traffic.rate_mpps=0.01", "--set", "sweep.rekey_ms=[40]", "--set", "sweep.tunnels=[\(tunnels)]",
          "--set", "sweep.aead='\(aead)'", "--set", "sweep.threads_of={}",
        ] + Vpebench.short(seconds: 0.2))
      let keys = folder + "/test-keys.json5"
      try #require(FileManager.default.fileExists(atPath: keys), "\(run.errors)")
      let ending = try await Vpebench.run(["decode", folder + "/black.pcapng", "--keys", keys])
      #expect(ending.status == 0 && ending.errors == "")
      let lines = ending.output.split(separator: "\n")
      let count = lines.count - 1
      #expect(
        count > 100 && lines.last.map(String.init) == "\(count) packets: \(count) new", "\(lines.last ?? "")")
      let spis = Set(ending.output.matches(of: /0x0[12][0-9a-f]{6}/).map { String($0.output) })
      #expect(
        spis.count >= 6 * tunnels, "three generations or more of each association each way: \(spis.sorted())")
      #expect(
        try String(contentsOfFile: keys, encoding: .utf8)
          == String(contentsOfFile: scratch.path("keys.json5"), encoding: .utf8))
    }

    /// Fill packets are authentic and are marked as such.
    @Test(arguments: [("esp-single", "; a dummy packet"), ("vpe", "; a fill packet")])
    func fillPacketsAreDecoded(system: String, words: String) async throws {
      let folder = scratch.path("capture")
      let run = try await Vpebench.run(
        [
          "run", "experiments/fill.json5", "--quick", "--output", scratch.path("results"), "--capture",
          folder, "--only", "\(system)-*-p1500-f50",
        ] + Vpebench.short(seconds: 0.1))
      let keys = folder + "/test-keys.json5"
      try #require(FileManager.default.fileExists(atPath: keys), "\(run.errors)")
      let ending = try await Vpebench.run(["decode", folder + "/black.pcapng", "--keys", keys])
      #expect(ending.status == 0 && ending.errors == "")
      let lines = ending.output.split(separator: "\n")
      let count = lines.count - 1
      #expect(count > 1000 && lines.last.map(String.init) == "\(count) packets: \(count) new")
      let fills = lines.count { $0.hasSuffix(words) }
      #expect(fills > count / 3 && fills < count, "\(fills) of \(count)")
      #expect(lines.dropLast().allSatisfy { $0.hasSuffix(words) || $0.contains("198.18.0.") })
    }

    /// Pieces of inner packets are opened one by one. Outer fragments are opened after reassembly, by Scapy
    /// as by `decode`.
    @Test(arguments: ["esp-single", "vpe"], [("ipv4", "ip"), ("ipv6", "ip"), ("ipv4", "udp")])
    func cutPacketsAreDecoded(system: String, outer: (version: String, carrier: String)) async throws {
      for way in ["copied", "outer"] {
        let folder = scratch.path("\(way)")
        let run = try await Vpebench.run(
          [
            "run", "experiments/gateway-fragments.json5", "--quick", "--output", scratch.path("results"),
            "--capture", folder, "--set", "systems=['\(system)']", "--set", "sweep.fragments='\(way)'",
            "--set", "sweep.outer_version='\(outer.version)'", "--set", "traffic.rate_mpps=0.002",
            "--set", "sweep.encapsulation='\(outer.carrier)'",
          ] + Vpebench.short(seconds: 0.1))
        var capture = folder + "/black.pcapng"
        let keys = folder + "/test-keys.json5"
        try #require(FileManager.default.fileExists(atPath: keys), "\(run.errors)")
        if way == "outer" {
          async let decoded = Vpebench.run(["decode", folder + "/black.pcapng", "--keys", keys])
          let answer = try Oracle.run("reassemble_scapy.py", [capture, folder + "/whole.pcap"])
          let fragments = try await decoded
          try #require(answer.status == 0, "\(answer.errors)")
          let counts = answer.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
          try #require(counts.count == 2 && counts[0] == 2 * counts[1], "\(answer.output)")
          let words = "\(counts[0]) packets: \(counts[1]) new, \(counts[1]) in fragments"
          #expect(fragments.output.hasSuffix(words + "\n"), "\(fragments.output.suffix(300))")
          capture = folder + "/whole.pcap"
        }
        let ending = try await Vpebench.run(["decode", capture, "--keys", keys])
        #expect(ending.status == 0 && ending.errors == "")
        let lines = ending.output.split(separator: "\n")
        let count = lines.count - 1
        #expect(count > 100 && lines.last.map(String.init) == "\(count) packets: \(count) new")
        #expect(lines.dropLast().allSatisfy { $0.contains("198.18.0.") })
      }
    }

    /// The fields of each frame of a run's capture.
    private func tshark(_ folder: String, _ fields: [String]) async throws -> [[String]] {
      let ending = try await Program.run(
        [
          "tshark", "-n", "-r", folder + "/black.pcapng", "-X", "lua_script:docs/wireshark/vpe.lua", "-o",
          "vpe.keys_file:\(folder)/test-keys.json5", "-T", "fields",
        ] + fields.flatMap { ["-e", $0] })
      try #require(ending.status == 0, "`tools/install-deps --tests` installs tshark: \(ending.errors)")
      return ending.output.split(separator: "\n").map { line in
        line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      }
    }

    /// A capture without an end is decoded as it comes. Decoding ends when nobody reads the lines any more.
    @Test func aPipeIsFollowedUntilItsReaderHasGone() async throws {
      let capture = "Tests/DecodingTests/Cases/12-plain.pcap"
      let bytes = try Data(contentsOf: Repository.root.appendingPathComponent(capture))
      let head = scratch.path("head")
      let packet = scratch.path("packet")
      try bytes.prefix(24).write(to: URL(fileURLWithPath: head))
      try bytes.dropFirst(24).prefix((bytes.count - 24) / 2).write(to: URL(fileURLWithPath: packet))
      let line =
        "192.0.2.1 > 192.0.2.2 ESP 0x00001001 #1 or VPE 0x01000000 sender 0 window 272 #16777216: no key"
      let script = #"{ cat "$1"; while cat "$2"; do :; done; } | "$0" decode - | head -n 1"#
      let ending = try await Program.run(["sh", "-c", script, try Vpebench.binary, head, packet])
      #expect(ending.output == "1 0.000000000 \(line)\n")
      let whole = try await Program.run(["sh", "-c", #""$0" decode - <"$1""#, try Vpebench.binary, capture])
      #expect(whole.status == 0 && whole.output.hasSuffix("\n2 packets: 2 no key\n"))
    }

    @Test func linesThatCannotBeWrittenAreAnError() async throws {
      let words = ["sh", "-c", #""$0" decode Tests/DecodingTests/Cases/12-plain.pcap >/dev/full"#]
      let ending = try await Program.run(words + [try Vpebench.binary])
      #expect(ending.status == 1)
      #expect(ending.errors == "vpebench: cannot write standard output: No space left on device\n")
    }

    @Test func whatCannotBeDecodedIsRefused() async throws {
      let prose = try scratch.write("neither pcap nor pcapng, but long enough for either", to: "prose.pcap")
      let keys = try scratch.write("{associations: [{format: 'vpe'}]}", to: "keys.json5")
      let packed = scratch.path("packed.zst")
      try Data([0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0]).write(to: URL(fileURLWithPath: packed))
      let rows: [(words: [String], status: Int32, names: [String])] = [
        ([], 2, ["one capture", "--help"]),
        ([prose, prose], 2, ["one capture, not 2"]),
        ([scratch.path("none.pcap")], 1, ["none.pcap", "No such file", "pcap or pcapng"]),
        ([scratch.path], 1, [scratch.path, "Is a directory"]),
        ([packed], 1, ["packed.zst", "`zstd -dc \(packed) | vpebench decode -` goes on"]),
        ([prose], 1, ["prose.pcap", "unknown file format"]),
        ([prose, "--keys", scratch.path("none.json5")], 1, ["none.json5", "no such file"]),
        ([prose, "--keys", keys], 1, ["keys.json5", "associations[0].spi", "is missing"]),
      ]
      for row in rows {
        let ending = try await Vpebench.run(["decode"] + row.words)
        #expect(ending.status == row.status && ending.output == "", "\(row.words)")
        for name in row.names { #expect(ending.errors.contains(name), "\(row.words): \(ending.errors)") }
        #expect(!ending.errors.contains("Error Domain"))
      }
    }
  }
}
