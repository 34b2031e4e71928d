import Foundation
import Testing

extension CommandTests {
  /// Frames through four processes, each in a network namespace of its own.
  @Suite struct SmokeTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func everyFrameComesBackAndNothingIsLeft() async throws {
      try Host.requireRoot()
      let devices = Host.devices
      let run = try Vpebench.start(
        ["run", "experiments/smoke.json5", "--only", "*-64B-*,vpe-*-1420B-2t-*", "--output", scratch.path]
          + Vpebench.statedStages + Vpebench.short())
      try await RunFolder.wait(for: run, of: "smoke", in: scratch.path) { $0.journalled > 0 }
      let remains = try await Remains(of: run, roles: 4, devices: devices)
      #expect(remains.networks.count == 4, "each role needs a network namespace of its own")
      let ending = try await run.ending()
      #expect(ending.status == 0, "\(ending.errors)")
      try await remains.expectGone()

      let folder = try RunFolder.only(of: "smoke", in: scratch.path)
      let verdict = try await Oracles.frictionless([folder.path])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
      let rows = try folder.rows("samples.csv")
      #expect(
        Set(rows.map { $0["system"] }) == ["baseline", "esp-single", "esp-pipeline", "esp-multi-sa", "vpe"])
      #expect(Set(rows.map { $0["frame_bytes"] }) == ["64", "1420"])
      #expect(rows.count == 7)
      #expect(Set(rows.map { $0["threads"] }) == ["2", "3", "4", "5"])
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "veth", "\(row)")
        let sent = try #require(Int(row["frames_sent"] ?? ""))
        #expect(sent > 0 && row["frames_received"] == "\(sent)" && row["frames_lost"] == "0", "\(row)")
      }
    }
  }
}
