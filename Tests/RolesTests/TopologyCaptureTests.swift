import Cases
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing

extension OnDPDK {
  /// The bytes on the black link against those that a program of its own computes (`Tests/oracles`).
  @Suite struct TopologyCaptureTests {
    struct Row: Sendable, CustomTestStringConvertible {
      var model: System
      var aead: String?
      var threads = 2
      var frameBytes = 64
      var usesESN = true
      var encapsulation = Encapsulation()
      var flows = 64
      var classes = 1
      var inner = IPVersion.ipv4
      var padBytes = 0

      var testDescription: String {
        "\(model.rawValue) \(aead ?? "") \(threads)t \(frameBytes)B extended \(usesESN)"
          + " \(encapsulation.udpPort ?? 0) \(flows)f\(encapsulation.isIPv6 ? " in IPv6" : "") \(classes)c"
          + (inner == .ipv6 ? " of IPv6" : "")
          + " \(padBytes)p"
      }

      var plan: CasePlan {
        var plan = TestHost.plan(model, aead: aead, threads: threads, frameBytes: frameBytes)
        plan.esn = usesESN
        plan.encapsulation = encapsulation
        plan.flows = flows
        plan.classes = classes
        plan.innerVersion = inner
        plan.padBytes = padBytes
        plan.policy = TunnelPolicy(copiesFields: classes > 1)
        plan.hasTimestamps = false
        plan.inFlightFrames = 64
        return plan
      }
    }

    static let inUDP = Encapsulation(udpPort: 4500)
    static let inIPv6 = Encapsulation(isIPv6: true)
    static let inUDP6 = Encapsulation(udpPort: 4500, isIPv6: true)
    static let rows: [Row] = [
      Row(model: .null), Row(model: .null, frameBytes: 1420, encapsulation: inUDP),
      Row(model: .espSingle, aead: "aes-128-gcm"),
      Row(model: .espSingle, aead: "aes-128-gcm", frameBytes: 65, usesESN: false),
      Row(model: .espSingle, aead: "aes-256-gcm", frameBytes: 1518, encapsulation: inUDP),
      Row(model: .espSingle, aead: "chacha20-poly1305", frameBytes: 67, usesESN: false, flows: 1),
      Row(model: .vpe, aead: "aes-128-gcm"),
      Row(model: .vpe, aead: "aes-128-gcm", frameBytes: 1518, flows: 7),
      Row(model: .vpe, aead: "aes-256-gcm", encapsulation: Encapsulation(vpeProtocol: 253)),
      Row(model: .vpe, aead: "chacha20-poly1305", frameBytes: 1420, encapsulation: inUDP),
      Row(model: .vpe, aead: "aes-128-gcm", threads: 8, frameBytes: 66, encapsulation: inUDP, flows: 9),
      Row(model: .null, encapsulation: inIPv6),
      Row(model: .espSingle, aead: "aes-128-gcm", encapsulation: inIPv6),
      Row(model: .espSingle, aead: "chacha20-poly1305", frameBytes: 1518, encapsulation: inUDP6),
      Row(model: .vpe, aead: "aes-256-gcm", threads: 6, frameBytes: 1518, encapsulation: inIPv6, flows: 9),
      Row(model: .vpe, aead: "aes-128-gcm", encapsulation: inUDP6),
      // IPv6 inside.
      Row(model: .null, frameBytes: 84, inner: .ipv6),
      Row(model: .null, frameBytes: 1420, encapsulation: inUDP6, inner: .ipv6),
      Row(model: .espSingle, aead: "aes-128-gcm", frameBytes: 84, inner: .ipv6),
      Row(model: .espSingle, aead: "aes-192-gcm", frameBytes: 1421, encapsulation: inUDP, inner: .ipv6),
      Row(model: .espSingle, aead: "aes-256-gcm", frameBytes: 1518, encapsulation: inIPv6, inner: .ipv6),
      Row(model: .espSingle, aead: "chacha20-poly1305", frameBytes: 85, encapsulation: inUDP6, inner: .ipv6),
      Row(model: .vpe, aead: "aes-128-gcm", frameBytes: 84, inner: .ipv6),
      Row(model: .vpe, aead: "aes-256-gcm", threads: 4, frameBytes: 87, encapsulation: inUDP, inner: .ipv6),
      Row(model: .vpe, aead: "chacha20-poly1305", frameBytes: 1518, encapsulation: inIPv6, inner: .ipv6),
      Row(
        model: .vpe, aead: "aes-128-gcm", threads: 6, frameBytes: 84, encapsulation: inUDP6, flows: 61,
        classes: 3, inner: .ipv6),
      // Traffic classes: one window for all, or a window for each and for each thread.
      Row(model: .espSingle, aead: "aes-128-gcm", classes: 4),
      Row(model: .espSingle, aead: "aes-256-gcm", frameBytes: 1420, encapsulation: inIPv6, classes: 8),
      Row(model: .vpe, aead: "aes-128-gcm", classes: 4),
      Row(model: .vpe, aead: "chacha20-poly1305", threads: 6, encapsulation: inIPv6, flows: 61, classes: 3),
      Row(model: .vpe, aead: "aes-256-gcm", threads: 4, frameBytes: 1518, encapsulation: inUDP, classes: 8),
      // Padding for traffic-flow confidentiality.
      Row(model: .espSingle, aead: "aes-128-gcm", padBytes: 1500),
      Row(model: .espSingle, aead: "aes-256-gcm", frameBytes: 576, encapsulation: inUDP6, padBytes: 513),
      Row(model: .vpe, aead: "aes-128-gcm", padBytes: 1500),
      Row(model: .vpe, aead: "aes-192-gcm", threads: 6, frameBytes: 1420, flows: 9, padBytes: 512),
      Row(model: .vpe, aead: "chacha20-poly1305", encapsulation: inIPv6, padBytes: 257),
    ]

    /// Runs a case with captures until so many frames were sent.
    /// - Returns: the file, and how many frames each of its sides must hold.
    static func capture(
      _ plan: CasePlan, frames: UInt64 = 300, in folder: URL
    ) throws -> (file: URL, frames: UInt64) {
      var plan = plan
      plan.captureFolder = folder.path
      let ran = try RanCase(plan, frames: frames)
      #expect(ran.accounts.faults == [])
      #expect(ran.accounts.returned == ran.accounts.sent)
      return (folder.appendingPathComponent("black.pcapng"), ran.accounts.sent)
    }

    static func arguments(_ row: Row, seed: UInt64, frames: UInt64) -> [String] {
      var arguments = [
        "--model", row.model.rawValue, "--seed", "\(seed)", "--frame-bytes", "\(row.frameBytes)", "--flows",
        "\(row.flows)", "--threads", "\(row.threads)", row.usesESN ? "--esn" : "--no-esn", "--frames",
        "\(frames)", "--classes", "\(row.classes)", "--pad", "\(row.padBytes)", "--vpe-protocol",
        "\(row.encapsulation.vpeProtocol)",
      ]
      if let aead = row.aead { arguments += ["--aead", aead] }
      if row.encapsulation.isIPv6 { arguments.append("--ipv6") }
      if row.inner == .ipv6 { arguments.append("--inner-ipv6") }
      if let port = row.encapsulation.udpPort { arguments += ["--udp-port", "\(port)"] }
      return arguments
    }

    @Test(arguments: rows) func everyByteIsAsComputed(row: Row) throws {
      try withTemporaryFolder { folder in
        let plan = row.plan
        let (file, frames) = try Self.capture(plan, in: folder)
        let arguments = Self.arguments(row, seed: plan.seed, frames: frames)
        let answer = try Oracle.run("black_side.py", arguments + [file.path])
        #expect(answer.status == 0, "\(answer.errors)")
        let counts = "\(frames) frames from A to B and \(frames) from B to A"
        #expect(answer.output == "\(row.model.rawValue): \(counts) are as computed\n")
        // The captures hold no more than these.
        let more = Self.arguments(row, seed: plan.seed, frames: frames + 1)
        #expect(try Oracle.run("black_side.py", more + [file.path]).status == 1)
      }
    }

    /// What is changed in a capture or in the question, and what the answer must then say.
    static let changes: [(name: String, arguments: [String], says: String)] = [
      ("another seed", ["--seed", "1"], "frame 1 (a-to-b, window 0, number 1) differs at offset"),
      ("another AEAD", ["--aead", "chacha20-poly1305"], "frame 1 (a-to-b"),
      ("another number of flows", ["--flows", "63"], "frame 63 (a-to-b, window 0, number 63)"),
      ("another size", ["--frame-bytes", "65"], "(112 bytes, 113 expected)"),
      ("UDP", ["--udp-port", "4500"], "differs at offset 17"),
      ("IPv6 inside", ["--inner-ipv6"], "frame 1 (a-to-b"),
      ("classes", ["--classes", "2"], "differs at offset 50"),
      ("padding", ["--pad", "47"], "(112 bytes, 113 expected)"),
    ]

    @Test func theComparisonCanFail() throws {
      try withTemporaryFolder { folder in
        let row = Row(model: .vpe, aead: "aes-128-gcm")
        let plan = row.plan
        let (file, frames) = try Self.capture(plan, in: folder)
        let arguments = Self.arguments(row, seed: plan.seed, frames: frames)
        for change in Self.changes {
          // Of an argument given twice the last one counts.
          let answer = try Oracle.run("black_side.py", arguments + change.arguments + [file.path])
          #expect(answer.status == 1, "\(change.name)")
          #expect(answer.errors.contains(change.says), "\(change.name): \(answer.errors)")
        }

        // The sides by each other's names; their first bytes lie behind the file's header.
        let damaged = folder.appendingPathComponent("damaged.pcapng")
        var bytes = [UInt8](try Data(contentsOf: file))
        let names = ["black-a-to-b", "black-b-to-a"].map { bytes.firstRange(of: Array($0.utf8))! }
        let swapped = names.map { Array(bytes[$0]) }
        for (name, other) in zip(names, swapped.reversed()) { bytes.replaceSubrange(name, with: other) }
        try Data(bytes).write(to: damaged)
        #expect(try Oracle.run("black_side.py", arguments + [damaged.path]).status == 1)
        for (name, own) in zip(names, swapped) { bytes.replaceSubrange(name, with: own) }

        // Any byte of a frame, here of the 100th from B to A.
        let frame = PCAPNG.frames(bytes, interface: 1)[99]
        #expect(frame.count == row.frameBytes - 4 + 20 + 32)
        for offset in stride(from: 0, to: frame.count, by: 13) {
          bytes[frame.lowerBound + offset] ^= 0x40
          try Data(bytes).write(to: damaged)
          bytes[frame.lowerBound + offset] ^= 0x40
          let answer = try Oracle.run("black_side.py", arguments + [damaged.path])
          #expect(answer.status == 1)
          #expect(
            answer.errors.contains("frame 100 (b-to-a, window 0, number 100) differs at offset \(offset):"))
        }
      }
    }

    /// More than one, as a host of a testbed tells its run.
    @Test func aCaptureThatIsKeptIsReadPieceByPiece() throws {
      var plan = TestHost.plan(.null, frameBytes: 1420)
      func stopped() throws -> Topology {
        let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
        try topology.start()
        topology.send(true)
        let isDone = waitUntil { Accounts(topology.report().stages, linksMayLose: false).sent >= 500 }
        topology.send(false)
        let isDrained = RanCase.drain(topology)
        topology.stop()
        try #require(isDone && isDrained)
        return topology
      }
      #expect(try stopped().captured(from: 0) == nil)
      plan.keepsCapture = true
      let topology = try stopped()
      let sent = Int(Accounts(topology.report().stages, linksMayLose: false).sent)
      var bytes = Data()
      var pieces = 0
      while let piece = try topology.captured(from: bytes.count), !piece.bytes.isEmpty {
        #expect(piece.bytes.count <= CapturePiece.bytesMax && piece.leftOut == 0)
        bytes += piece.bytes
        pieces += 1
        #expect(bytes.count <= piece.whole)
      }
      #expect(pieces > 1)
      for side in 0...1 { #expect(PCAPNG.frames([UInt8](bytes), interface: side).count == sent) }
    }

    @Test func aCaptureThatIsFullLeavesFramesOut() throws {
      // Two blocks of 32 + 100 bytes behind the header.
      let header = try Capture(keeping: ["a"]).piece(from: 0).whole
      let capture = try Capture(keeping: ["a"], most: header + 2 * 132 + 131)
      try withPacket([UInt8](repeating: 7, count: 100)) { packet in
        for _ in 0..<5 { capture.write(packet, interface: 0) }
      }
      let piece = try capture.piece(from: 0)
      #expect(piece.leftOut == 3 && piece.whole == header + 2 * 132 && piece.bytes.count == piece.whole)
      #expect(PCAPNG.frames([UInt8](piece.bytes), interface: 0).map(\.count) == [100, 100])
    }

    @Test func aCaptureThatCannotBeWrittenIsRefused() throws {
      var plan = TestHost.plan(.null)
      plan.captureFolder = "\(NSTemporaryDirectory())\(UUID().uuidString)"
      let host = try TestHost.shared()
      #expect { try host.topology(plan, roles: Set(RoleName.allCases)) } throws: { error in
        "\(error)".contains("black.pcapng") && "\(error)".contains("No such file")
      }
    }
  }
}
