import Cases
import Descriptors
import Foundation
import TestRuns
import Testing

@Suite struct DescriptorLoadingTests {
  static let shipped = [
    "baseline", "figure-5", "figure-7", "figure-8", "floor", "formats", "frame-sizes", "header-fields",
    "hot-path", "ladder", "ports-memif", "rates", "ring-solo", "smoke",
  ]

  @Test(arguments: shipped, [false, true])
  func loadsTheShippedDescriptors(_ name: String, quick: Bool) throws {
    let file = DescriptorFixture.experiments.appending(path: "\(name).json5")
    let descriptor = try Descriptor.load(file: file, quick: quick, set: [])
    #expect(descriptor.name == name)
    #expect(!descriptor.cases.isEmpty)
    #expect(descriptor.systemsWithoutCases.isEmpty)
    #expect(descriptor.source == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test func loadsEveryDescriptorInTheFolder() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: DescriptorFixture.experiments, includingPropertiesForKeys: nil)
    for file in files where file.pathExtension == "json5" {
      for quick in [false, true] { _ = try Descriptor.load(file: file, quick: quick, set: []) }
    }
  }

  @Test func readsFigure5() throws {
    let file = DescriptorFixture.experiments.appending(path: "figure-5.json5")
    let full = try Descriptor.load(file: file, quick: false, set: [])
    #expect(full.systems == [.null, .espSingle, .vpe])
    #expect(full.sweep[.frameBytes] == [64, 1420])
    #expect((full.measure.windows, full.measure.windowSeconds, full.measure.warmUpSeconds) == (60, 1, 0.5))
    let quick = try Descriptor.load(file: file, quick: true, set: [])
    #expect(
      (quick.measure.windows, quick.measure.windowSeconds, quick.measure.warmUpSeconds) == (20, 0.25, 0.1))
    #expect(quick.isQuick && quick.cases == full.cases)
    let point = try #require(full.paper?.points.first { $0.system == "vpe" && $0.frameBytes == 1420 })
    #expect(point.value == 19.5 && point.threads == 2 && !point.isApproximate)
  }

  @Test func readsEveryFileOfThePaper() throws {
    for number in 5...8 {
      let file = DescriptorFixture.experiments.appending(path: "figure-\(number).json5")
      let paper = try #require(try Descriptor.load(file: file, quick: false, set: []).paper)
      #expect(paper.figure == "\(number)" && !paper.points.isEmpty)
    }
    let six = DescriptorFixture.experiments.appending(path: "figure-6.json5")
    let points = try #require(try Descriptor.load(file: six, quick: false, set: []).paper).points
    #expect(points.map(\.isApproximate) == [false, false, true, false, false, true])
  }

  @Test func fillsInDefaults() throws {
    let descriptor = try DescriptorFixture.parse(DescriptorFixture.text())
    #expect(descriptor.link == .ring)
    #expect(descriptor.sweep[.threads] == [2] && descriptor.sweep[.frameBytes] == [64])
    #expect(descriptor.sweep[.aead] == ["aes-128-gcm"] && descriptor.sweep[.flows] == [64])
    #expect(descriptor.sweep[.windowSize].isEmpty && descriptor.sweep[.esn] == [true])
    #expect(descriptor.cases.allSatisfy { $0.windowSize == ($0.system == .null ? 0 : 1024) })
    #expect(descriptor.traffic.rate == .max && descriptor.traffic.inFlightFrames == 4096)
    #expect(descriptor.traffic.hasTimestamps && descriptor.traffic.seed == 1)
    #expect(descriptor.tunnel.encapsulation == Encapsulation())
    #expect(descriptor.tunnel.headerFields == .none && !descriptor.tunnel.hasSelectors)
    #expect(descriptor.measure.windows == 60)
    #expect(descriptor.maxLossRatio == nil && descriptor.fault == nil && descriptor.ports == nil)
  }

  @Test func readsEveryMember() throws {
    let descriptor = try DescriptorFixture.parse(
      DescriptorFixture.text(
        """
        $schema: "./descriptor.schema.json", // a comment
        link: "ports", traffic: { rate_mpps: 0.5, timestamps: false, seed: 9007199254740992 },
        tunnel: {
          encapsulation: "udp", protocol: 99, udp_port: 4501, header_fields: "rfc4301", selectors: true,
        },
        require: { max_loss_ratio: 1e-3 },
        ports: {
          generator: { devargs: "net_memif0,role=client" }, reflector: { devargs: "0000:01:00.0" },
          "gateway-a": { red: "a", black: "b" }, "gateway-b": { red: "c", black: "d" },
        },
        """))
    #expect(descriptor.link == .ports && descriptor.traffic.rate == .mpps(0.5))
    #expect(!descriptor.traffic.hasTimestamps && descriptor.traffic.seed == 1 << 53)
    #expect(descriptor.tunnel.encapsulation == Encapsulation(vpeProtocol: 99, udpPort: 4501))
    #expect(descriptor.tunnel.headerFields == .rfc4301 && descriptor.tunnel.hasSelectors)
    #expect(descriptor.maxLossRatio == 0.001)
    #expect(descriptor.ports?.generator == "net_memif0,role=client")
    #expect(descriptor.ports?.gatewayB.red == "c" && descriptor.ports?.gatewayB.black == "d")
    let fault = try DescriptorFixture.parse(
      DescriptorFixture.text("fault: { at: 'gateway-a.black', kind: 'double', frame: 1000 }")
    ).fault
    #expect(fault == Fault(end: .gatewayABlack, kind: .double, frame: 1000))
  }

  @Test func resolvedTextRunsTheSameAgain() throws {
    let text = DescriptorFixture.text(
      """
      sweep: { frame_bytes: { from: 64, to: 256, step: 64 }, esn: [true, false] },
      quick: { sweep: { flows: 2 } },
      """
    )
    let descriptor = try DescriptorFixture.parse(text, quick: true, set: ["measure.windows=3"])
    let again = try DescriptorFixture.parse(descriptor.resolved.rendered, quick: false, set: [])
    #expect(again.resolved == descriptor.resolved)
    #expect(again.cases == descriptor.cases && again.measure == descriptor.measure)
    #expect(descriptor.resolved.rendered.contains("\"frame_bytes\": [64, 128, 192, 256]"))
    #expect(!descriptor.resolved.rendered.contains("quick"))
  }

  // MARK: - Quick profile and --set

  @Test func quickProfileReplacesListsAndMergesObjects() throws {
    let text = DescriptorFixture.text(
      """
      sweep: { frame_bytes: { from: 64, to: 65 }, flows: [1, 2] }, measure: { windows: 5, window_seconds: 2 },
      quick: { systems: ["vpe"], sweep: { frame_bytes: [128] }, measure: { windows: 2 } }
      """)
    let quick = try DescriptorFixture.parse(text, quick: true)
    #expect(quick.systems == [.vpe] && quick.sweep[.frameBytes] == [128] && quick.sweep[.flows] == [1, 2])
    #expect(quick.measure.windows == 2 && quick.measure.windowSeconds == 2)
    let full = try DescriptorFixture.parse(text)
    #expect(full.systems.count == 3 && full.sweep[.frameBytes] == [64, 65] && full.measure.windows == 5)
  }

  @Test func setReplacesValues() throws {
    let text = DescriptorFixture.text("measure: { windows: 5 }, quick: { measure: { windows: 2 } }")
    let descriptor = try DescriptorFixture.parse(
      text, quick: true,
      set: [
        "measure.windows=3", "sweep.frame_bytes=[64,128]", "link=veth", "traffic.rate_mpps=0.1",
        "systems=['vpe']", "question=Is a = b?", "sweep.aead=chacha20-poly1305",
      ])
    #expect(descriptor.measure.windows == 3 && descriptor.sweep[.frameBytes] == [64, 128])
    #expect(descriptor.link == .veth && descriptor.traffic.rate == .mpps(0.1))
    #expect(descriptor.systems == [.vpe] && descriptor.question == "Is a = b?")
    #expect(descriptor.sweep[.aead] == ["chacha20-poly1305"])
  }

  @Test(arguments: [
    ("measure.window=3", "--set measure.window", #"did you mean "measure.windows"?"#),
    ("windows=3", "--set windows", #"did you mean "measure.windows"?"#),
    ("measure.windows=many", "--set measure.windows", "the string \"many\" has the wrong type"),
    ("sweep.frame_bytes=[64,1]", "--set sweep.frame_bytes[1]", "1 is too small"),
    ("sweep.frame_bytes[0]=64", "--set sweep.frame_bytes[0]", "set the whole list"),
    ("sweep.threads=[2,4]", "--set sweep.threads[1]", "4 threads are possible with none"),
    ("measure={windws:3}", "--set measure.windws", #"did you mean "windows"?"#),
    ("quick.measure.windows=3", "--set quick.measure.windows", "applied before"),
    ("verbose", "--set verbose", "has no \"=\""),
    ("=1", "--set =1", "is not a known path"),
    ("link=ports", "ports", "is missing"),
    ("measure.packets=1000", "--set measure.packets", #"belongs to measure.what "packet-cost""#),
    ("measure.what=packet-costs", "--set measure.what", #"did you mean "packet-cost"?"#),
  ])
  func refusesBadSettings(_ argument: String, _ path: String, _ reason: String) {
    let text = DescriptorFixture.text(systems: "['null', 'esp-single']")
    DescriptorFixture.expectProblem(text, set: [argument], at: path, reason)
  }

  @Test func namesTheQuickProfileWhereItsValuesDoNotFitTogether() {
    let text = DescriptorFixture.text("link: 'veth', quick: { sweep: { threads: [2, 17] } }")
    #expect(DescriptorFixture.problems(text).isEmpty)
    #expect(DescriptorFixture.problems(text, quick: true).map(\.path) == ["quick.sweep.threads[1]"])
  }
}
