import Basics
import Cases
import Crypto
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel

extension OnDPDK {
  /// Packets of many tunnels: each is sealed under its own tunnel's key and number, and all tunnels have
  /// some.
  @Suite struct CostTunnelsTests {
    static let systems: [System] = [.espSingle, .espPipeline, .espMultiSA, .vpe, .eespSubSA, .pspDerive]

    private func plan(
      _ system: System, _ operations: [MeasuredOperation], tunnels: Int, threads: Int = 8
    ) -> CostPlan {
      var plan = CostPlan(
        system: system, operations: operations, aead: "aes-128-gcm", packetBytes: 50, seed: 20_200_825)
      plan.packetsInFlight = 256
      plan.packets = 1000
      plan.tunnels = tunnels
      plan.gatewayThreads = threads
      return plan
    }

    @Test(arguments: systems, [2, 100, 1000])
    func everyOperationTakesEveryPacket(_ system: System, _ tunnels: Int) throws {
      let report = try TestHost.shared().measure(plan(system, MeasuredOperation.allCases, tunnels: tunnels))
      #expect(report.tallies.map(\.operation) == MeasuredOperation.allCases)
      for tally in report.tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 1024, "\(tally)")
        #expect(tally.failures == 0, "\(tally)")
      }
    }

    /// An independent decoder opens each packet with its tunnel's key, and finds the tunnel's destination and
    /// the next of the tunnel's numbers.
    @Test(arguments: systems, ["aes-128-gcm", "chacha20-poly1305"])
    func anIndependentDecoderOpensEachTunnel(_ system: System, _ aead: String) throws {
      var plan = plan(system, [.seal], tunnels: 40)
      guard system.offers(try #require(AEADAlgorithm(rawValue: aead))) else { return }
      plan.aead = aead
      // Where nothing is kept for a tunnel, all have one secret and one counter.
      let isStateless = system == .pspDerive
      let sealed = try TestHost.shared().sealedPackets(plan)
      #expect(sealed.packets.count == 256 && Set(sealed.tunnels) == Set(0..<40))
      #expect(Set(sealed.keys.map(\.key)).count == (isStateless ? 1 : 40))
      var last: [Int: UInt64] = [:]
      for (index, line) in try open(sealed, plan).enumerated() {
        let words = line.split(separator: " ").map(String.init)
        let tunnel = sealed.tunnels[index]
        // Of eight threads four seal, and each of them has a child association of each tunnel.
        let number = system == .espMultiSA ? 4 * tunnel : tunnel
        #expect(words[0] == "\(0x0100_1000 + number)")
        let sequence = try #require(UInt64(words[1]))
        let counter = isStateless ? 0 : tunnel
        if let last = last[counter] {
          #expect(sequence > last && (sequence == last + 1) == (sequence % 64 != 0 || system != .espPipeline))
        }
        last[counter] = sequence
        // 198.19.0.1 and on; the header's checksum must fit.
        let inner = try #require(words.last)
        #expect(inner.dropFirst(32).prefix(8) == "c613" + String(format: "%04x", tunnel + 1))
        let header = (0..<20).map { UInt8(inner.dropFirst(2 * $0).prefix(2), radix: 16) ?? 0 }
        #expect(naiveChecksum(header) == 0)
        #expect(inner.dropFirst(40) == sealed.inner.dropFirst(20).hex())
      }
      // Not all at the beginning, where the numbers' high halves and the windows' first words lie.
      #expect(isStateless || last.values.contains { $0 > 100_000 } && Set(last.values).count > 20)
    }

    private func open(_ sealed: SealedSample, _ plan: CostPlan) throws -> [String] {
      let lines = sealed.packets.enumerated().map { index, packet in
        let keys = sealed.keys[sealed.tunnels[index]]
        let salt = withUnsafeBytes(of: keys.esp.salt.bigEndian) { Array($0) }
        return #"{"format": "\#(plan.system.format?.rawValue ?? "")", "aead": "\#(plan.aead)", "#
          + #""key": "\#(keys.key.hex())", "salt": "\#(salt.hex())", "sequence_high": 0, "#
          + #""extended": \#(plan.esn), "packet": "\#(packet.hex())"}"#
      }
      return try withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("packets.jsonl")
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .ascii)
        let result = try Oracle.run("open_packets.py", [file.path])
        try #require(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
      }
    }

    // MARK: - Many senders

    static let ofSenders: [System] = [.espSingle, .espSenders, .espSenderWindows, .vpe]

    private func group(
      _ system: System, _ operations: [MeasuredOperation], senders: Int, threads: Int = 2
    ) -> CostPlan {
      var plan = plan(system, operations, tunnels: 1, threads: threads)
      plan.senders = senders
      plan.triesReplays = true
      return plan
    }

    /// All packets come through, and what is sent once more does only where nobody looks.
    @Test(arguments: ofSenders, [1, 2, 100])
    func aGroupsPacketsAreOpenedOnce(_ system: System, _ senders: Int) throws {
      let operations: [MeasuredOperation] = [.open, .openStage]
      let report = try TestHost.shared().measure(group(system, operations, senders: senders))
      #expect(report.tallies.map(\.operation) == operations)
      for tally in report.tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 1024 && tally.failures == 0, "\(tally)")
      }
      let tally = report.tallies[0]
      #expect(tally.replaysSent == 256 && report.tallies[1].replaysSent == 0)
      #expect(tally.replaysAccepted == (system == .espSenders ? 256 : 0), "\(tally)")
      #expect(try TestHost.shared().measure(plan(system, [.open], tunnels: 1)).tallies[0].replaysSent == 0)
    }

    /// Of one key, and each sender under an ID of its own; or of a key for each.
    @Test(arguments: ofSenders, ["aes-128-gcm", "chacha20-poly1305"])
    func anIndependentDecoderOpensEachSender(_ system: System, _ aead: String) throws {
      var plan = group(system, [.seal], senders: 40)
      plan.aead = aead
      let sealed = try TestHost.shared().sealedPackets(plan)
      #expect(sealed.packets.count == 256 && Set(sealed.tunnels) == Set(0..<40))
      let hasIDs = system != .espSingle
      #expect(Set(sealed.keys.map(\.key)).count == (hasIDs ? 1 : 40))
      var last: [Int: UInt64] = [:]
      for (index, line) in try open(sealed, plan).enumerated() {
        let words = line.split(separator: " ").map(String.init)
        let sender = sealed.tunnels[index]
        #expect(words[0] == "\(0x0100_1000 + (hasIDs ? 0 : sender))")
        let sequence = try #require(UInt64(words[1]))
        if hasIDs { #expect(words[2] == "\(sender + 1)") }
        if let last = last[sender] { #expect(sequence == last + 1) }
        last[sender] = sequence
      }
      #expect(last.count == 40)
    }

    /// By hand: a key, an opener, and for each sender a window of 32 words; or all of that for each.
    @Test func aGroupsMemoryIsThatOfAReceiver() throws {
      func bytes(_ system: System, senders: Int, threads: Int = 2) throws -> Int? {
        try TestHost.shared().measure(group(system, [.open], senders: senders, threads: threads)).groupBytes
      }
      let (key, window) = (AEADKeyArena.keyBytes(.aes128GCM), 256)
      #expect(try bytes(.espSingle, senders: 100) == 100 * (key + 66 + window))
      // Top and words; a line for the count; two bytes for each Sender ID up to 100.
      let windows = 100 * (8 + window) + 64 + 256
      let opener = MemoryLayout<GroupOpener<VPE>>.size
      #expect(try bytes(.vpe, senders: 100) == key + opener + windows && opener <= 128)
      #expect(try bytes(.espSenderWindows, senders: 100) == key + opener + windows)
      #expect(try bytes(.espSenders, senders: 100) == key + opener)
      // Of eight threads four open: each has a window of each sender.
      #expect(try bytes(.vpe, senders: 100, threads: 8) == key + 4 * (opener + windows))
      #expect(try bytes(.vpe, senders: 1) == AEADKey.memoryBytes + MemoryLayout<VPEOpener>.size + 8 + window)
    }

    /// Every tunnel comes, none twice before each has come once, and in another order each time.
    @Test(arguments: [1, 3, 256, 600]) func tunnelsComeInRounds(_ tunnels: Int) throws {
      let drawn = try TestHost.shared().sealedPackets(plan(.vpe, [.seal], tunnels: tunnels)).tunnels
      #expect(drawn.count == 256 && drawn.allSatisfy { (0..<tunnels).contains($0) })
      if tunnels == 3 {
        // A pass to warm up and four that are timed begin at packets 0, 256, …, 1024: at the second of three.
        let rounds = stride(from: 2, to: 254, by: 3).map { Array(drawn[$0..<($0 + 3)]) }
        #expect(rounds.allSatisfy { Set($0).count == 3 } && Set(rounds).count == 6)
      }
      if tunnels == 600 { #expect(Set(drawn).count > 200) }
    }

    /// Bytes of a tunnel by hand: two keys as the library has them in whole lines, a line and an index for
    /// each sealer and opener, windows of 32 words.
    @Test func memoryIsThatOfTheGateway() throws {
      func bytes(_ system: System, threads: Int, tunnels: Int = 10) throws -> Int? {
        try TestHost.shared().measure(plan(system, [.seal], tunnels: tunnels, threads: threads)).tunnelBytes
      }
      let (key, entry, window) = (AEADKeyArena.keyBytes(.aes128GCM), 66, 256)
      for threads in [2, 8] {
        #expect(try bytes(.espSingle, threads: threads) == 2 * key + 2 * entry + window)
      }
      #expect(try bytes(.vpe, threads: 2) == 2 * key + 2 * entry + 8 + window)
      #expect(try bytes(.vpe, threads: 8) == 2 * key + 4 * (2 * entry + 8 + window))
      // A key for each Sub SA, and in each thread the salts of all: a line.
      let subSAs = 4 * (2 * key + 2 * entry + 64 + 8 + window)
      #expect(try bytes(.eespSubSA, threads: 8) == subSAs)
      // One key, and nothing else that threads or windows make more.
      #expect(try bytes(.psp, threads: 8) == 2 * key + 4 * 2 * entry)
      // Nothing at all.
      #expect(try bytes(.pspDerive, threads: 8) == 0)
      // A key for each child, and in each thread an index for the other threads' children.
      #expect(try bytes(.espMultiSA, threads: 8) == 4 * (2 * key + 2 * entry + window + 3 * 2))
      // Three encrypt and one numbers; windows of 3 · 1024 packets are 64 words.
      #expect(try bytes(.espPipeline, threads: 8) == 2 * key + 8 + 3 * (2 * entry + 512))
      #expect(try bytes(.espPipeline, threads: 2) == 2 * key + 8 + 2 * entry + window)
      #expect(try bytes(.null, threads: 8, tunnels: 1) == nil)
      // One tunnel has no table, and its key is as the library has it.
      let ends = MemoryLayout<ESPSealer>.size + MemoryLayout<ESPOpener>.size
      let alone = 2 * AEADKey.memoryBytes + ends + window
      #expect(try bytes(.espSingle, threads: 8, tunnels: 1) == alone && ends <= 128)
    }
  }
}
