import Testing

/// The machine code of what runs for each packet: it counts no reference, asks for no memory, checks no
/// exclusive access and calls no unspecialised code.
@Suite struct HotPathTests {
  /// The stages whose polls must be there, specialised.
  static let stages: [String] = {
    let port = "Dataplane.PortQueue"
    let ring = "Dataplane.HandOverQueue"
    func forward(_ input: String, _ output: String, _ transform: String) -> String {
      "Roles.ForwardStage<\(input), \(output), \(transform)>"
    }
    func turns(_ input: String) -> String { "Dataplane.RoundRobin<\(input)>" }
    func seal(_ sealer: String) -> String { "Roles.Seal<\(sealer), Roles.OuterHeader>" }
    func open(_ opener: String) -> String { "Roles.Open<\(opener), Roles.OuterCheck>" }

    let espOpener = "Tunnel.ESPWindowOpener<Tunnel.ReplayWindow>"
    let wireguardOpener = "Tunnel.WireGuardWindowOpener<Tunnel.ReplayWindow>"
    let numbered = "Tunnel.CursorSealer<Tunnel.ESPSealer>"
    func reassembling(_ input: String) -> String { "Roles.ReassemblingInput<\(input)>" }
    var stages = ["Roles.GenerateStage"]
    stages += [port, reassembling(port)].map { forward($0, port, "Roles.Reflect") }
    stages += [turns(port), reassembling(port)].map { "Roles.CollectStage<\($0)>" }
    // To completion, or behind a thread that steers.
    for sealer in ["ESP", "VPE", "Null", "WireGuard", "PSP", "PSPDerive", "EESP"] {
      stages.append(forward(turns(port), port, seal("Tunnel.\(sealer)Sealer")))
    }
    let others = ["VPE", "Null", "PSP", "PSPDerive", "EESP"]
    let openers = [espOpener, wireguardOpener] + others.map { "Tunnel.\($0)Opener" }
    let children = "Tunnel.OpenerTable<\(espOpener)>"
    for opener in openers + [children] {
      stages.append(forward(turns(port), port, open(opener)))
    }
    for opener in ["VPE", "EESP", "PSP", "PSPDerive"].map({ "Tunnel.\($0)Opener" }) + [children] {
      stages.append(forward(ring, port, open(opener)))
    }
    // Of many tunnels; ESP's is the one above.
    for (sealer, opener) in [
      ("VPE", "Tunnel.VPEOpener"), ("EESP", "Tunnel.EESPOpener"), ("WireGuard", wireguardOpener),
      ("PSP", "Tunnel.PSPOpener"),
    ] {
      stages.append(forward(turns(port), port, seal("Tunnel.SealerTable<Tunnel.\(sealer)Sealer>")))
      stages.append(forward(turns(port), port, open("Tunnel.OpenerTable<\(opener)>")))
    }
    stages.append(forward(turns(port), port, seal("Tunnel.SealerTable<Tunnel.ESPSealer>")))
    // What `tunnel.header_fields` and `tunnel.selectors` make of them.
    for sealer in ["ESP", "VPE", "Null"] {
      stages.append(forward(turns(port), port, "Roles.HopSeal<Tunnel.\(sealer)Sealer>"))
    }
    for opener in [espOpener, "Tunnel.VPEOpener", children] {
      stages += [turns(port), ring].map { forward($0, port, "Roles.HopOpen<\(opener)>") }
    }
    stages.append(forward(turns(port), port, "Roles.HopOpen<Tunnel.NullOpener>"))
    stages.append(forward("Dataplane.NumberedInput", port, "Roles.HopSeal<\(numbered)>"))
    // Where traffic classes have windows of their own.
    for sealer in ["ESP", "VPE", "EESP"] {
      stages.append(
        forward(turns(port), port, "Roles.HopSeal<Tunnel.ClassSealer<Tunnel.\(sealer)Sealer>>"))
    }
    // Where packets are padded.
    for sealer in ["ESP", "VPE"] {
      let padding = "Tunnel.PaddingSealer<Tunnel.\(sealer)Sealer>"
      stages += [seal(padding), "Roles.HopSeal<\(padding)>"].map { forward(turns(port), port, $0) }
    }
    // Where packets go at a fixed clock.
    for sealer in ["Tunnel.ESPSealer", "Tunnel.VPESealer"] {
      for own in [sealer, "Tunnel.PaddingSealer<\(sealer)>"] {
        stages.append(forward("Roles.ClockedInput<\(turns(port))>", port, "Roles.FillSeal<\(own)>"))
      }
    }
    // Where packets are cut, and put together.
    for (sealer, opener) in [("ESP", espOpener), ("VPE", "Tunnel.VPEOpener")] {
      let sealing = seal("Tunnel.\(sealer)Sealer")
      stages.append(forward("Roles.CuttingInput<\(turns(port))>", port, sealing))
      stages.append(forward(turns(port), "Roles.CuttingOutput<\(port)>", sealing))
      stages.append(forward(reassembling(turns(port)), port, open(opener)))
    }
    stages.append(forward(reassembling(turns(port)), port, open("Tunnel.ChildOpener<\(espOpener)>")))
    for chooser in ["SPIChooser", "WindowChooser<Tunnel.VPE>"] {
      stages.append("Roles.SteerStage<\(reassembling(turns(port))), \(ring), Roles.\(chooser)>")
    }
    // Where associations are renewed; below where threads share them.
    for (sealer, opener) in [
      ("ESP", espOpener), ("VPE", "Tunnel.VPEOpener"), ("EESP", "Tunnel.EESPOpener"),
      ("WireGuard", wireguardOpener), ("PSP", "Tunnel.PSPOpener"),
    ] {
      let sealers = "Tunnel.RenewedSealers<Tunnel.\(sealer)Sealer>"
      stages += [seal(sealers), "Roles.HopSeal<\(sealers)>"].map { forward(turns(port), port, $0) }
      let openers = "Tunnel.RenewedOpeners<\(opener)>"
      stages += [open(openers), "Roles.HopOpen<\(openers)>"].map { forward(turns(port), port, $0) }
    }
    stages.append("Roles.ImpairStage")
    stages.append(forward(ring, ring, "Roles.HopOpen<\(espOpener)>"))
    // A pipeline's, in the order in which a packet meets them.
    stages.append(forward(turns(port), ring, "Roles.Pass"))
    for numbers in ["OwnNumbers", "RenewedNumbers"] {
      stages += [turns(port), turns(ring)].map { "Roles.SequenceStage<\($0), Tunnel.\(numbers)>" }
    }
    for sealer in [numbered, "Tunnel.RenewedCursorSealer<Tunnel.ESPSealer>"] {
      stages += [port, "Dataplane.Turns<\(port)>"].map {
        forward("Dataplane.NumberedInput", $0, seal(sealer))
      }
    }
    for opener in [espOpener, "Tunnel.RenewedOpeners<\(espOpener)>"] {
      for input in [ring, turns(ring)] {
        stages += [port, ring].map { forward(input, $0, open(opener)) }
      }
    }
    stages.append(forward(turns(ring), port, "Roles.Pass"))
    // Where order is kept.
    let work = "Dataplane.OrderedWork"
    stages += ["OwnNumbers", "RenewedNumbers"].map { "Roles.OrderStage<\(turns(port)), Tunnel.\($0)>" }
    for format in ["ESP", "WireGuard"] {
      stages += ["", "Renewed"].map {
        forward(work, work, seal("Tunnel.\($0)CursorSealer<Tunnel.\(format)Sealer>"))
      }
      let seen = "Tunnel.\(format)WindowOpener<Tunnel.SeenWindow>"
      stages += [seen, "Tunnel.RenewedOpeners<\(seen)>"].map { forward(work, work, open($0)) }
    }
    stages.append(forward("Dataplane.OrderExit", port, "Roles.Pass"))
    stages += ["SharedReplayWindow", "RenewedWindows"].map {
      forward("Roles.MarkingExit<Tunnel.\($0)>", port, "Roles.Admit")
    }
    // Where threads share numbers and a window.
    for format in ["ESP", "WireGuard"] {
      let parallel = "Tunnel.ParallelSealer<Tunnel.\(format)Sealer>"
      stages += [parallel, "Tunnel.RenewedSealers<\(parallel)>"].map {
        forward(turns(port), port, seal($0))
      }
      let burst = "Tunnel.\(format)WindowOpener<Tunnel.BurstWindow>"
      stages += [turns(port), ring].map { forward($0, port, open(burst)) }
      stages.append(
        forward(turns(port), port, open("Tunnel.RenewedOpeners<\(burst)>")))
    }
    let windows = ["VPE", "EESP", "PSP", "PSPDerive"].map { "WindowChooser<Tunnel.\($0)>" }
    let numbers = ["ESP", "WireGuard"].map { "SequenceChooser<Tunnel.\($0)>" }
    for chooser in ["SPIChooser"] + numbers + windows {
      stages.append("Roles.SteerStage<\(turns(port)), \(ring), Roles.\(chooser)>")
    }
    stages += ["", "Changing"].map {
      "Roles.SteerStage<\(turns(port)), \(port), Roles.\($0)ReflectChooser>"
    }
    stages.append("Roles.TurnWatch")
    return stages
  }()

  /// The poll of a stage as `AnyStage` holds it.
  static func poll(of stage: String) -> String {
    "generic specialization <\(stage)> of closure #1 () -> Swift.Int in static Dataplane.AnyStage.make"
  }

  static func functions(named part: String, in code: Disassembly) throws -> [Disassembly.Function] {
    let functions = code.functions.filter { $0.name.contains(part) }
    try #require(!functions.isEmpty, "\(code.binary) has no function named … \(part) …")
    return functions
  }

  @Test(arguments: stages) func everyPollIsFree(stage: String) throws {
    let code = try Disassembly.ofRelease()
    for function in try Self.functions(named: Self.poll(of: stage), in: code) {
      #expect(code.costs(of: function) == [], "\(stage)")
    }
  }

  @Test func theLoopIsFree() throws {
    let code = try Disassembly.ofRelease()
    for function in try Self.functions(named: "Dataplane.(breathe in ", in: code) {
      #expect(code.costs(of: function) == [])
    }
  }

  @Test(arguments: ["offer", "drain"]) func theLoopOfATrialIsFree(part: String) throws {
    let code = try Disassembly.ofRelease()
    for function in try Self.functions(named: "Roles.TrialLoop.\(part)() -> ()", in: code) {
      #expect(code.costs(of: function) == [])
    }
  }

  @Test func theLoopOfPacketCostsIsFree() throws {
    let code = try Disassembly.ofRelease()
    let name = "of Roles.CostPackets.pass<"
    for function in try Self.functions(named: name, in: code) {
      #expect(code.costs(of: function) == [], "\(function.name)")
    }
  }

  /// Each way, sealing and opening, of each format and of the bare calls.
  @Test func theLoopOfLongPacketsIsFree() throws {
    let code = try Disassembly.ofRelease()
    let functions = try Self.functions(named: "of Roles.SegmentPackets.pass<", in: code)
    let whole = ["SealStep<Tunnel.VPESealer>", "OpenStep<Tunnel.VPEOpener>", "RawSealStep", "RawOpenStep"]
    var steps = ["RawSegmentStep"]
    steps += ["ESP", "VPE"].flatMap { ["Tunnel.\($0)SegmentSealer", "Tunnel.\($0)SegmentOpener"] }
    steps += whole.flatMap { ["WholeStep<Roles.\($0)>", "MergingStep<Roles.\($0)>"] }
    for step in steps { #expect(functions.contains { $0.name.contains(step) }, "\(step)") }
    for function in functions {
      #expect(code.costs(of: function) == [], "\(function.name)")
    }
  }

  /// Each way to cut a packet, and the opening of its pieces, of each format.
  @Test func theLoopsOfCutPacketsAreFree() throws {
    let code = try Disassembly.ofRelease()
    let cutting = try Self.functions(named: "of Roles.FragmentPackets.pass<", in: code)
    let opening = try Self.functions(named: "of Roles.ArrivedPieces.pass<", in: code)
    for format in ["Tunnel.ESP", "Tunnel.VPE"] {
      let ways = ["CopyingCut<\(format)Sealer>", "InPlaceCut<\(format)Sealer>"]
      for way in ways + ["ChainingCut<\(format)SegmentSealer>"] {
        #expect(cutting.contains { $0.name.contains(way) }, "\(way)")
      }
      #expect(cutting.contains { $0.name.contains("OuterCut<\(format)Sealer>") }, "\(format)")
    }
    let whole = ["Tunnel.ESPWindowOpener<Tunnel.ReplayWindow>", "Tunnel.VPEOpener"]
    for opener in whole + ["Tunnel.ESPSegmentOpener", "Tunnel.VPESegmentOpener"] {
      #expect(opening.contains { $0.name.contains(opener) }, "\(opener)")
    }
    for function in cutting + opening {
      #expect(try code.costs(of: function) == [], "\(function.name)")
    }
  }

  /// A function that is not hot, and what must be found in it or behind it.
  static let costly: [(function: String, costs: [String])] = [
    ("Roles.Topology.report() -> Roles.TopologyReport", ["swift_retain@plt", "swift_allocObject@plt"]),
    ("Roles.Topology.stop() -> ()", ["swift_retain@plt", "swift_release@plt"]),
    ("Dataplane.Capture.__allocating_init(path: Swift.String, interfaces: ", ["swift_allocError@plt"]),
  ]

  @Test(arguments: costly) func theScannerCanFail(function: String, costs: [String]) throws {
    let code = try Disassembly.ofRelease()
    let found = try Self.functions(named: function, in: code).flatMap { code.costs(of: $0) }
    for cost in costs {
      #expect(found.contains { $0.hasSuffix("→ \(cost)") }, "\(function) without \(cost)")
    }
  }

  static let instructions: [(text: String, symbol: String?, isCostly: Bool)] = [
    ("call   20510 <swift_retain@plt>", "swift_retain@plt", true),
    ("jmp    20520 <swift_release@plt>", "swift_release@plt", true),
    ("call   *0x142(%rip)        # 162d68 <swift_beginAccess@Base>", "swift_beginAccess@Base", true),
    (
      "mov    0x142(%rip),%r12        # 162d68 <swift_bridgeObjectRelease>", "swift_bridgeObjectRelease", true
    ),
    ("call   20530 <malloc@plt>", "malloc@plt", true),
    ("call   20540 <swift_getWitnessTable@plt>", "swift_getWitnessTable@plt", true),
    ("call   20550 <$sSa6appendyyxnF@plt>", "Swift.Array.append(__owned A) -> ()@plt", true),
    ("jmp    20556 <$sSa6appendyyxnF+0x6>", "Swift.Array.append(__owned A) -> ()", false),
    ("call   20560 <rte_pktmbuf_free_bulk@plt>", "rte_pktmbuf_free_bulk@plt", false),
    ("jne    20570 <memmove@plt>", "memmove@plt", false), ("call   *0x18(%r12)", nil, false),
    ("add    $0x8,%rsp", nil, false),
  ]

  @Test(arguments: instructions) func readsAnInstruction(text: String, symbol: String?, isCostly: Bool) {
    #expect(Disassembly.mention(text)?.symbol == symbol)
    #expect(symbol.map(Disassembly.isCostly) ?? false == isCostly)
  }
}
