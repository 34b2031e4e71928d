import Descriptors
import Foundation
import TestRuns
import Testing

/// Invalid descriptors, each with the path and a part of the expected message.
@Suite struct DescriptorRefusalTests {
  struct Bad: Sendable, CustomTestStringConvertible {
    let text: String
    let path: String
    let reason: String
    var testDescription: String { text }

    /// Members that follow those of a valid descriptor.
    init(_ members: String, _ path: String, _ reason: String) {
      self.init(whole: DescriptorFixture.text(members), path, reason)
    }

    init(whole text: String, _ path: String, _ reason: String) {
      (self.text, self.path, self.reason) = (text, path, reason)
    }
  }

  static let notJSON5: [Bad] = [
    Bad(whole: "", "", "line 1, column 1: the text ends where a value is expected"),
    Bad(whole: "{ name: 'a',\n  question }", "", "line 2, column 12: a colon is expected here"),
    Bad(whole: "{ name: 'a'\n  question: 'b' }", "", "line 2, column 3: a comma"),
    Bad(whole: "{ link: ring }", "", "ring is neither a number nor true, false or null; text needs quotes"),
    Bad(whole: "{ name: 'a\n' }", "", "line 1, column 9: the string that begins here has no end"),
    Bad(whole: "{ a: [1, 2 }", "", "column 12: } does not close the list"),
    Bad(whole: "{ a: 1 ]", "", "column 8: ] does not close the object"),
    Bad(whole: "{ a: 1 } b", "", "column 10: the end of the text is expected"),
    Bad(whole: "{ a: 1 /* b }", "", "ends within a comment"),
    Bad(whole: "{ a: 010 }", "", "010 is neither a number"),
    Bad(whole: "{ gateway-a: 1 }", "", "needs quotes"),
    Bad(whole: "{ a: 1e999 }", "", "neither a number that fits 64 bits"),
    Bad(whole: "{ a: 1, // one\n 'a': 2 }", "", #"line 2, column 2: the key "a" stands twice"#),
    Bad(whole: "[]", "", "an empty list has the wrong type; allowed is an object with $schema, name"),
    Bad(whole: String(repeating: "[", count: 100_000), "", "not JSON5"),
  ]

  static let keys: [Bad] = [
    Bad(whole: "{}", "name", "is missing; needed is up to 64 of the characters"),
    Bad(whole: "{}", "question", "is missing"),
    Bad(whole: "{}", "systems", "is missing"),
    Bad("sweeep: {}", "sweeep", #"is not a known key (did you mean "sweep"?)"#),
    Bad("sweep: { frame_byte: 64 }", "sweep.frame_byte", #"did you mean "frame_bytes"?"#),
    Bad("frame_bytes: [64]", "frame_bytes", #"did you mean "sweep.frame_bytes"?"#),
    Bad("traffic: { xyzzy: 1 }", "traffic.xyzzy", "known are rate_mpps, in_flight_frames, timestamps, seed"),
    Bad("'a b': 1", #"["a b"]"#, "is not a known key"),
    Bad("fault: { at: 'gateway-a.black' }", "fault.kind", "is missing"),
    Bad("quick: { link: 'veth' }", "quick.link", "known are systems, sweep, black_box, traffic, measure"),
    Bad("quick: { measure: { windws: 1 } }", "quick.measure.windws", #"did you mean "windows"?"#),
  ]

  static let values: [Bad] = [
    Bad(whole: "{ name: 'Figure 5', question: '?', systems: ['vpe'] }", "name", "a-z, 0-9 and -"),
    Bad(whole: "{ name: '../up', question: '?', systems: ['vpe'] }", "name", "\"../up\" is not possible"),
    Bad(whole: "{ name: 'a', question: ' ', systems: ['vpe'] }", "question", "not blank"),
    Bad(whole: "{ name: 'a', question: '?', systems: [] }", "systems", "an empty list is not possible"),
    Bad(
      whole: "{ name: 'a', question: '?', systems: 'vpe' }", "systems",
      "the string \"vpe\" has the wrong type"),
    Bad(whole: "{ name: 'a', question: '?', systems: ['vpe', 'vp'] }", "systems[1]", #"did you mean "vpe"?"#),
    Bad(whole: "{ name: 'a', question: '?', systems: ['vpe', 'vpe'] }", "systems[1]", "listed twice"),
    Bad(
      whole: "{ name: 'a', question: '?', systems: ['esp'] }", "systems[0]", #"did you mean "esp-single"?"#),
    Bad("sweep: { frame_size: 64 }", "sweep.frame_size", #"did you mean "frame_bytes"?"#),
    Bad(
      whole: "{ name: 'a', question: '?', link: 'veth', systems: ['vpe', 'ipsec-secgw'] }", "systems[1]",
      "measured alone"),
    Bad("sweep: []", "sweep", "an empty list has the wrong type"),
    Bad("sweep: { frame_bytes: [64, 63] }", "sweep.frame_bytes[1]", "63 is too small; allowed is a whole"),
    Bad("sweep: { frame_bytes: 1519 }", "sweep.frame_bytes", "1519 is too large"),
    Bad("sweep: { frame_bytes: 64.5 }", "sweep.frame_bytes", "64.5 is not a whole number"),
    Bad("sweep: { frame_bytes: NaN }", "sweep.frame_bytes", "is not finite"),
    Bad("sweep: { frame_bytes: '64' }", "sweep.frame_bytes", "\"64\" is not possible here; allowed"),
    Bad("sweep: { frame_bytes: null }", "sweep.frame_bytes", "null has the wrong type"),
    Bad("sweep: { frame_bytes: [64, 64.0] }", "sweep.frame_bytes[1]", "is listed twice"),
    Bad("sweep: { frame_bytes: [] }", "sweep.frame_bytes", "an empty list"),
    Bad("sweep: { frame_bytes: { from: 64 } }", "sweep.frame_bytes.to", "is missing"),
    Bad("sweep: { frame_bytes: { from: 128, to: 64 } }", "sweep.frame_bytes.to", "64 is below from"),
    Bad("sweep: { frame_bytes: { from: 64, to: 128, step: 0 } }", "sweep.frame_bytes.step", "too small"),
    Bad("sweep: { threads: 1 }", "sweep.threads", "1 is too small"),
    Bad("sweep: { threads: [2, 129] }", "sweep.threads[1]", "too large"),
    Bad("sweep: { threads_of: { vpee: 2 } }", "sweep.threads_of.vpee", #"did you mean "vpe"?"#),
    Bad("sweep: { threads_of: { null: 2 } }", "sweep.threads_of.null", "not a known key"),
    Bad("sweep: { seal_threads: [1, 65] }", "sweep.seal_threads[1]", "too large"),
    Bad("steering: 'rules', ", "steering", #"allowed is one of "queue", "hash", "software""#),
    Bad("stage_cycles: { number: 10 }", "stage_cycles.encrypt", "is missing"),
    Bad("model: { black_link_gbps: 0 }", "model.black_link_gbps", "a number above 0"),
    Bad("sweep: { aead: 'aes-128-gmc' }", "sweep.aead", #"did you mean "aes-128-gcm"?"#),
    Bad("sweep: { aead: { from: 1, to: 2 } }", "sweep.aead", "an object has the wrong type"),
    Bad("sweep: { esn: [1] }", "sweep.esn[0]", "the number 1 has the wrong type; allowed is true or false"),
    Bad("link: 'vethh'", "link", #"did you mean "veth"?"#),
    Bad("link: 'none'", "link", #"allowed is one of "ring", "veth", "ports""#),
    Bad(
      "measure: { what: 'latency' }", "measure.what",
      #"one of "throughput", "packet-cost", "rate-search""#),
    Bad("traffic: { rate_mpps: 0 }", "traffic.rate_mpps", "0 is too small; allowed is a number above 0"),
    Bad("traffic: { rate_mpps: 'maximum' }", "traffic.rate_mpps", #"allowed is "max" or a number"#),
    Bad("traffic: { rate_mpps: Infinity }", "traffic.rate_mpps", "is not finite"),
    Bad("traffic: { seed: -1 }", "traffic.seed", "too small"),
    Bad("measure: { window_seconds: 0 }", "measure.window_seconds", "from 0.001 to 3600"),
    Bad("tunnel: { protocol: 256 }", "tunnel.protocol", "from 2 to 255"),
    Bad("require: { max_loss_ratio: 1.5 }", "require.max_loss_ratio", "from 0 to 1"),
    Bad("quick: { sweep: { esn: 'no' } }", "quick.sweep.esn", "allowed is true or false"),
    Bad("paper: 'paper/figure-99.json5'", "paper", "paper/figure-99.json5: there is no such file"),
    Bad("paper: 'figure-5.json5'", "paper", "figure-5.json5: points: is missing"),
    Bad("paper: 'paper'", "paper", "is a folder"),
  ]

  static let together: [Bad] = [
    Bad(
      whole: DescriptorFixture.text(systems: "['null', 'esp-single']", "sweep: { threads: [2, 4] }"),
      "sweep.threads[1]", "4 threads are possible with none of the systems: baseline has exactly 2"),
    Bad("link: 'veth', sweep: { extra_headroom_bytes: [0, 8] }", "sweep.extra_headroom_bytes[1]", "headroom"),
    Bad("link: 'veth', sweep: { threads: 17 }", "sweep.threads", "whose devices have 16 queues"),
    Bad("link: 'veth', sweep: { threads_of: { vpe: 18 } }", "sweep.threads_of.vpe", "16 queues"),
    Bad("steering: 'nic'", "steering", #"with link "ring", which has no NIC; say "software""#),
    Bad("link: 'veth', steering: 'queue', sweep: { threads: [2, 4] }", "steering", "keeps no queues apart"),
    Bad("sweep: { threads_of: { 'esp-multi-sa': 4 } }", "sweep.threads_of.esp-multi-sa", "systems has no"),
    Bad(
      whole: DescriptorFixture.text(systems: "['null']", "sweep: { seal_threads: 1 }"),
      "sweep.seal_threads",
      "used by esp-multi-sa, esp-parallel, esp-ordered, vpe, wireguard-parallel, wireguard-ordered, psp, "
        + "psp-derive, eesp-subsa alone"),
    Bad("sweep: { threads: 128, seal_threads: 1 }", "sweep.seal_threads", "leave 127 in one direction"),
    Bad("link: 'ports'", "ports", "is missing"),
    Bad("ports: { generator: { devargs: '' } }", "ports.generator.devargs", "device arguments on one line"),
    Bad("ports: { generator: {} }", "ports.gateway-a", "is missing"),
    Bad(
      "link: 'veth', fault: { at: 'gateway-a.red', kind: 'drop', frame: 1 }", "fault",
      "is possible with link \"ring\" alone"),
    Bad(
      "sweep: { frame_bytes: { from: 64, to: 1518 }, flows: { from: 1, to: 65536 } }", "sweep",
      "combinations; allowed are up to"),
  ]

  @Test(arguments: [notJSON5, keys, values, together].flatMap(\.self))
  func refuses(_ bad: Bad) {
    let problems = DescriptorFixture.problems(bad.text)
    #expect(
      problems.contains { $0.path == bad.path && $0.reason.contains(bad.reason) }, "got \(problems)")
  }

  @Test func reportsEveryProblemOfAFile() {
    let problems = DescriptorFixture.problems(
      DescriptorFixture.text("sweep: { threads: 1, frame_bytes: [1, 64, 2000] }, link: 'ether', speed: 1"))
    #expect(
      problems.map(\.path) == [
        "sweep.frame_bytes[0]", "sweep.frame_bytes[2]", "sweep.threads", "link", "speed",
      ])
  }

  /// However an escape is written, Foundation would keep one of the two keys.
  @Test(arguments: [
    #"{"n\u0061me": "x", name: "z"}"#, #"{"name": "x", 'n\x61me': "z"}"#, #"{n\u0061me: "x", name: "z"}"#,
    "{name: 'x', 'na\\\nme': 'z'}", #"{"\ud83d\ude00": 1, "😀": 2}"#, #"{"a\tb": 1, "a\u0009b": 2}"#,
  ])
  func keysAreTheSameHoweverTheyAreWritten(_ text: String) {
    let problems = DescriptorFixture.problems(text)
    #expect(problems.count == 1 && problems[0].reason.contains("stands twice in one object"), "\(problems)")
  }

  /// There may be more combinations than an integer can count.
  @Test func sizesHaveNoEnd() {
    let axes = [
      "frame_bytes: { from: 64, to: 1518 }", "flows: { from: 1, to: 65536 }",
      "window_size: { from: 64, to: 65536 }", "extra_headroom_bytes: { from: 0, to: 64 }",
      "replay_age_packets: { from: 0, to: 65536 }", "late_packets: { from: 0, to: 16384 }",
    ]
    let problems = DescriptorFixture.problems(
      DescriptorFixture.text("sweep: { \(axes.joined(separator: ", ")) }"))
    let size = problems.first { $0.path == "sweep" }
    #expect(size?.reason.contains("e+") == true, "\(problems)")
  }

  /// However many problems there are, the message consists of sentences of limited length.
  @Test func longNamesAndManyProblemsAreCutShort() {
    let key = String(repeating: "k", count: 100_000)
    for text in [
      DescriptorFixture.text("\(key): 1"), DescriptorFixture.text(systems: "['\(key)']"),
      DescriptorFixture.text("speed: \(key)"), DescriptorFixture.text("\(key): 1, \(key): 2"),
    ] {
      let problems = DescriptorFixture.problems(text)
      #expect(!problems.isEmpty)
      for problem in problems {
        #expect(problem.path.count < 100 && problem.reason.count < 2000, "\(problem.reason.count)")
        #expect("\(problem)".contains("kkkk…"))
      }
    }
    let many = DescriptorFixture.problems(
      DescriptorFixture.text((0..<500).map { "k\($0): 1" }.joined(separator: ", ")))
    #expect(many.count == 500)
    let lines = "\(DescriptorError(file: "x.json5", problems: many))".split(separator: "\n")
    #expect(lines.count == 21 && lines.last == "x.json5: and 480 more problems")
  }

  @Test func describesEachProblemOnALineWithItsFile() throws {
    let error = DescriptorError(
      file: "experiments/x.json5",
      problems: [
        .init(path: "", reason: "not JSON5"), .init(path: "sweep.flows[1]", reason: "0 is too small"),
      ])
    #expect(
      "\(error)" == """
        experiments/x.json5: not JSON5
        experiments/x.json5: sweep.flows[1]: 0 is too small
        """)
  }

  @Test func refusesFilesThatCannotBeRead() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files: [(name: String, data: Data?, reason: String)] = [
      ("missing.json5", nil, "there is no such file"),
      ("latin1.json5", Data([0x22, 0xff, 0x22]), "is not UTF-8 text"),
      ("large.json5", Data(repeating: 0x20, count: 1 << 20 + 1), "is larger than"),
      ("", nil, "is a folder"),
    ]
    for (name, data, reason) in files {
      let file = folder.appending(path: name)
      try data?.write(to: file)
      let error = #expect(throws: DescriptorError.self) {
        _ = try Descriptor.load(file: file, quick: false, set: [])
      }
      #expect(error?.problems.first?.reason.contains(reason) == true, "\(name): \(error?.description ?? "")")
    }
  }

  @Test(arguments: [
    ("frame_byts", "frame_bytes"), ("esp_single", "esp-single"), ("VPE", "vpe"), ("window", "windows"),
  ])
  func suggestsTheNearestName(_ name: String, _ expected: String) {
    let candidates = ["frame_bytes", "esp-single", "vpe", "windows", "threads"]
    #expect(Suggestion.nearest(to: name, among: candidates) == expected)
  }

  @Test(arguments: [("", "", 0), ("ab", "ba", 1), ("abc", "", 3), ("kitten", "sitting", 3), ("ca", "abc", 3)])
  func measuresTheDistanceOfNames(_ a: String, _ b: String, _ expected: Int) {
    #expect(Suggestion.distance(a, b) == expected)
  }
}
