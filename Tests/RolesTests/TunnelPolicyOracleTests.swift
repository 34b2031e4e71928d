import Basics
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing
import Wire

extension OnDPDK {
  /// What a tunnel's ends do to headers, byte by byte against Scapy and a table of RFC 6040 in
  /// `tunnel_fields.py`.
  @Suite struct TunnelPolicyOracleTests {
    /// A question to the oracle, and what is done here.
    struct Question: Encodable {
      var `do` = "seal"
      var outer = 4
      var hop = true
      var from: String?
      var to: String?
      var packet: String
    }

    /// - Returns: an answer a question.
    static func ask(_ questions: [Question]) throws -> [String] {
      try withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("questions")
        let encoder = JSONEncoder()
        let lines = try questions.map { question -> String in
          // What is nil must be there.
          var text = String(decoding: try encoder.encode(question), as: UTF8.self)
          for name in ["from", "to"] where !text.contains("\"\(name)\"") {
            text = text.dropLast() + ",\"\(name)\":null}"
          }
          return text
        }
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let (status, output, errors) = try Oracle.run("tunnel_fields.py", [file.path])
        try #require(status == 0, "\(errors)")
        return output.split(separator: "\n").map(String.init)
      }
    }

    /// What became of a packet: its bytes behind Ethernet, or why it was dropped.
    static func outcome(_ reason: DropReason, _ packet: Packet) -> String {
      reason == .none ? packet.frame.dropFirst(14).hex() : reason.name
    }

    @Test(arguments: [4, 6], [false, true]) func whatIsSealedIsScapys(outer: Int, isHop: Bool) throws {
      let inners = [4, 6].flatMap { version in
        TunnelPolicyTests.services.flatMap { service in
          TunnelPolicyTests.hops.map { TunnelPolicyTests.inner(version: version, service: service, hops: $0) }
        }
      }
      let answers = try Self.ask(inners.map { Question(outer: outer, hop: isHop, packet: $0.hex()) })
      try #require(answers.count == inners.count)
      let ends = TunnelPolicyTests.Ends(outer: outer, isHop: isHop)
      try withPacket([]) { packet in
        for (inner, answer) in zip(inners, answers) {
          packet.put(TunnelPolicyTests.framed(inner))
          let outcome = Self.outcome(ends.seal(packet), packet)
          #expect(outcome == answer, "\(inner.prefix(20).hex())")
        }
      }
    }

    @Test(arguments: [4, 6], [false, true]) func whatIsOpenedIsScapys(outer: Int, isHop: Bool) throws {
      var frames: [[UInt8]] = []
      let plain = TunnelPolicyTests.Ends(outer: outer, isHop: false)
      try withPacket([]) { packet in
        for version in [4, 6] {
          for service in TunnelPolicyTests.services {
            for hops in TunnelPolicyTests.hops {
              for congestion in UInt8(0)..<4 {
                packet.put(
                  TunnelPolicyTests.framed(
                    TunnelPolicyTests.inner(version: version, service: service, hops: hops)))
                try #require(plain.seal(packet) == .none)
                var frame = packet.frame
                if outer == 4 {
                  frame[15] = 0x48 | congestion
                  TunnelPolicyTests.repair(&frame, at: 14)
                } else {
                  frame[15] = congestion << 4
                }
                frames.append(frame)
              }
            }
          }
        }
        let questions = frames.map {
          Question(do: "open", outer: outer, hop: isHop, packet: $0.dropFirst(14).hex())
        }
        let answers = try Self.ask(questions)
        try #require(answers.count == frames.count)
        let ends = TunnelPolicyTests.Ends(outer: outer, isHop: isHop)
        for (frame, answer) in zip(frames, answers) {
          packet.put(frame)
          let outcome = Self.outcome(ends.open(packet), packet)
          #expect(outcome == answer, "\(frame.prefix(34).hex())")
        }
      }
    }

    static let prefixes: [(address: UInt32, bits: Int)] = [
      (0, 0), (0xC612_0000, 15), (0xC612_0000, 16), (0xC612_0000, 24), (0xC612_0001, 32), (0xC612_0002, 32),
      (0xC613_0000, 16), (0xC613_0001, 32), (0x8000_0000, 1),
    ]

    @Test func whatPassesTheSelectorsIsWhatScapysAddressesSay() throws {
      func text(_ prefix: (address: UInt32, bits: Int)) -> String {
        "\((0..<4).map { "\(prefix.address >> (24 - 8 * $0) & 255)" }.joined(separator: "."))/\(prefix.bits)"
      }
      var cases: [(frame: [UInt8], source: (UInt32, Int), destination: (UInt32, Int))] = []
      var questions: [Question] = []
      let plain = TunnelPolicyTests.Ends(outer: 4, isHop: false)
      try withPacket([]) { packet in
        for source in Self.prefixes {
          for destination in Self.prefixes {
            for from in [0xC612_0001, 0xC612_0101, 0x0A00_0001] as [UInt32] {
              for version in [4, 6] {
                packet.put(
                  TunnelPolicyTests.framed(
                    TunnelPolicyTests.inner(version: version, service: 3, hops: 9, from: from)))
                try #require(plain.seal(packet) == .none)
                cases.append((packet.frame, source, destination))
                questions.append(
                  Question(
                    do: "open", hop: false, from: text(source), to: text(destination),
                    packet: packet.frame.dropFirst(14).hex()))
              }
            }
          }
        }
        let answers = try Self.ask(questions)
        try #require(answers.count == cases.count && Set(answers).contains("selector"))
        for (index, (one, answer)) in zip(cases, answers).enumerated() {
          let selectors = Selectors(source: one.source, destination: one.destination)
          let ends = TunnelPolicyTests.Ends(outer: 4, isHop: false, selectors)
          packet.put(one.frame)
          #expect(Self.outcome(ends.open(packet), packet) == answer, "\(questions[index])")
        }
      }
    }
  }
}
