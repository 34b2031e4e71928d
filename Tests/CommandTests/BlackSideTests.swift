import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// Gateways put the same bytes on the black link over every kind of link, also on hosts of a testbed, and
  /// an independent encoder makes the same bytes.
  @Suite struct BlackSideTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A case of the descriptor, with its smallest or its largest frames.
    struct Point: Sendable, CustomTestStringConvertible {
      let system: String
      let cipher: String?
      let bytes: Int
      var usesESN = true

      /// The case's name, as in descriptors.
      var name: String {
        let cipher = cipher?.filter { $0 != "-" } ?? "none"
        return "\(system)-\(cipher)-\(bytes)B-2t-0h"
      }
      var testDescription: String { name + (usesESN ? "" : " with short sequence numbers") }
    }

    private static let frames = 200

    @Test(arguments: [
      Point(system: "baseline", cipher: nil, bytes: 64),
      Point(system: "esp-single", cipher: "aes-128-gcm", bytes: 64),
      Point(system: "esp-single", cipher: "aes-128-gcm", bytes: 1420, usesESN: false),
      Point(system: "vpe", cipher: "aes-128-gcm", bytes: 64),
      Point(system: "vpe", cipher: "chacha20-poly1305", bytes: 1420),
    ])
    func allLinksCarryTheSameFrames(point: Point) async throws {
      try Host.requireRoot()
      let network = try await HostNetwork(scratch)
      let testbed = try network.inventory()
      // The runs may be concurrent, because the bytes do not depend on anything that runs do to each other.
      async let overRings = capture(point, link: "ring")
      async let overVeth = capture(point, link: "veth")
      async let overHosts = capture(point, link: "hosts", ["--testbed", testbed])
      let ring = try await overRings
      let others = try await [overVeth, overHosts]
      for other in others {
        for side in 0...1 {
          let (one, other) = (try Self.frames(ring, side), try Self.frames(other, side))
          try #require(
            one.count >= Self.frames && other.count >= Self.frames, "\(one.count) and \(other.count)")
          let first = zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
          #expect(first == nil, "side \(side): the first frames that differ, from 0")
        }
      }
      async let first: Void = expectEncoderAgrees(point, ring)
      async let second: Void = expectEncoderAgrees(point, others[0])
      try await expectEncoderAgrees(point, others[1])
      _ = try await (first, second)
      #expect(try await network.areEmpty())
    }

    @Test func theEncoderFindsAnotherSeed() async throws {
      let point = Point(system: "vpe", cipher: "aes-128-gcm", bytes: 64)
      let folder = try await capture(point, link: "ring")
      let verdict = try await encoder(point, folder, seed: SampleSeed.of(case: point.name, descriptor: 2))
      #expect(verdict.status == 1, "\(verdict.output)\(verdict.errors)")
    }

    /// Runs a case slowly and without timestamps, so that its frames depend only on seed and run ID.
    /// - Parameter hostOptions: the options that choose the hosts; nil for the given link.
    /// - Returns: the folder of the captures.
    private func capture(_ point: Point, link: String, _ hostOptions: [String]? = nil) async throws -> String
    {
      let folder = scratch.path(link)
      var words = [
        "run", "experiments/smoke.json5", "--only", point.name, "--output", scratch.path("results-\(link)"),
        "--capture", folder, "--run-id", SampleSeed.runID, "--set", "traffic.timestamps=false",
        "--set", "sweep.esn=[\(point.usesESN)]",
      ]
      words += hostOptions ?? ["--set", "link=\(link)"]
      if let cipher = point.cipher { words += ["--set", "sweep.aead=['\(cipher)']"] }
      // The sample's validity depends on other load of the machine; the bytes do not.
      let ending = try await Vpebench.run(words + Vpebench.short(seconds: 0.3))
      try #require(FileManager.default.fileExists(atPath: folder), "\(ending.errors)")
      return folder
    }

    private func expectEncoderAgrees(_ point: Point, _ folder: String) async throws {
      let verdict = try await encoder(point, folder, seed: SampleSeed.of(case: point.name, descriptor: 1))
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
    }

    private func encoder(_ point: Point, _ folder: String, seed: UInt64) async throws -> Ending {
      let script = Repository.root.appendingPathComponent("Tests/oracles/black_side.py").path
      let cipher = point.cipher.map { ["--aead", $0] } ?? []
      return try await Program.run(
        [try Oracles.python, script, "--model", point.system] + cipher + [
          "--seed", "\(seed)", "--frame-bytes", "\(point.bytes)", "--flows", "64",
          point.usesESN ? "--esn" : "--no-esn", "--threads", "2", "--frames", "\(Self.frames)",
          "\(folder)/black.pcapng",
        ])
    }

    /// The frames of one side of a capture.
    private static func frames(_ folder: String, _ side: Int) throws -> [[UInt8]] {
      let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/black.pcapng")))
      return PCAPNG.frames(file, interface: side).map { Array(file[$0]) }
    }
  }
}

/// The seed of a case's first sample, computed from its published definition. A SplitMix64 generator starts
/// from the descriptor's seed, exclusive-or the FNV-1a hash of the case's name. Its output, exclusive-or the
/// run's ID, is the start of a second generator, whose output is the seed.
private enum SampleSeed {
  /// A fixed run ID; without one, no two runs have the same keys.
  static let runID = "fedcba9876543210"

  static func of(case name: String, descriptor seed: UInt64) -> UInt64 {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
    return output(output(seed ^ hash) ^ 0xFEDC_BA98_7654_3210)
  }

  private static func output(_ state: UInt64) -> UInt64 {
    var z = state &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
