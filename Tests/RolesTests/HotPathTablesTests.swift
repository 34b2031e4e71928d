import Testing

/// The machine code of what runs for each packet of many associations.
@Suite struct HotPathTablesTests {
  static let tables =
    ["ESP", "VPE", "EESP", "WireGuard", "PSP", "ESPOfSenders"].map { "SealerTable<Tunnel.\($0)Sealer>" }
    + ["SealerTable<Tunnel.CursorSealer<Tunnel.ESPSealer>>"]
    + [
      "ESPWindowOpener<Tunnel.ReplayWindow>", "WireGuardWindowOpener<Tunnel.ReplayWindow>", "VPEOpener",
      "EESPOpener", "PSPOpener",
    ].map { "OpenerTable<Tunnel.\($0)>" }
    + ["VPE", "ESPOfSenders<Tunnel.NoSenderWindows>", "ESPOfSenders<Tunnel.SenderWindows>"].map {
      "GroupOpener<Tunnel.\($0)>"
    }

  @Test(arguments: tables) func aPassOverATableIsFree(_ table: String) throws {
    let code = try Disassembly.ofRelease()
    let step = table.hasPrefix("Sealer") ? "SealStep" : "OpenStep"
    let part = "generic specialization <Roles.\(step)<Tunnel.\(table)>> of Roles.CostPackets.pass"
    for function in try HotPathTests.functions(named: part, in: code) {
      #expect(code.costs(of: function) == [], "\(table)")
    }
  }

  /// Stages of a host in transport mode, and their steps alone.
  @Test(arguments: ["ESPTransport", "VPENextInNonce", "VPENextBeforePayload"])
  func transportModeIsFree(_ format: String) throws {
    let code = try Disassembly.ofRelease()
    for (stage, header, end, step) in [
      ("Seal", "EthernetTemplate", "Sealer", "SealStep"), ("Open", "TransportCheck", "Opener", "OpenStep"),
    ] {
      let isESP = format == "ESPTransport"
      let type = isESP ? "Tunnel.ESPTransport\(end)" : "Tunnel.VPETransport\(end)<Tunnel.\(format)>"
      for part in [
        "Roles.\(stage)<\(type), Roles.\(header)>> of Roles.ForwardStage.poll",
        "<Roles.\(step)<\(type)>> of Roles.CostPackets.pass",
      ] {
        for function in try HotPathTests.functions(named: part, in: code) {
          #expect(code.costs(of: function) == [], "\(part)")
        }
      }
    }
  }

  /// Polls that differ in nothing but what begins a burst are one function, by the name of one of them: so
  /// what begins a burst is looked at as well.
  @Test(arguments: tables) func aStageOfATableIsFree(_ table: String) throws {
    let code = try Disassembly.ofRelease()
    let (transform, header) = table.hasPrefix("Sealer") ? ("Seal", "OuterHeader") : ("Open", "OuterCheck")
    let part = "Roles.\(transform)<Tunnel.\(table), Roles.\(header)>> of Roles.ForwardStage."
    let functions = try HotPathTests.functions(named: part, in: code).filter {
      $0.name.contains("ForwardStage.poll") || $0.name.contains("ForwardStage.(begin in ")
    }
    try #require(!functions.isEmpty)
    for function in functions {
      #expect(code.costs(of: function) == [], "\(table)")
    }
  }
}
