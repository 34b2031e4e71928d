import Descriptors
import TestRuns
import Testing

/// The number of frames in flight, and the replay window of a system that reorders them.
@Suite struct DescriptorFlightTests {
  private func descriptor(_ threads: [Int], _ more: String = "") throws -> Descriptor {
    try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: #"["esp-pipeline", "vpe"]"#, "sweep: { threads: \(threads) \(more) }"))
  }

  /// 4,096 with two threads, and as many more for each further pair, up to what fits into memory.
  @Test(arguments: [(2, 4096), (3, 8192), (4, 8192), (5, 12_288), (32, 65_536), (38, 65_536), (128, 65_536)])
  func framesInFlightGrowWithTheThreads(threads: Int, frames: Int) throws {
    #expect(try descriptor([threads]).traffic.framesInFlight(threads: threads) == frames)
  }

  /// Threads that share CPUs do not run at the same time, but no pair has fewer than four bursts.
  @Test(arguments: [
    (2, 2, 4096), (2, 6, 4096), (8, 2, 4096), (38, 2, 4864), (128, 2, 16_384), (38, 78, 65_536), (8, 9, 8192),
    (8, 18, 16_384), (8, 1, 4096), (2, 1, 4096),
  ])
  func framesInFlightGrowWithTheThreadsThatRunAtATime(threads: Int, cpus: Int, frames: Int) throws {
    #expect(try descriptor([threads]).traffic.framesInFlight(threads: threads, cpus: cpus) == frames)
  }

  /// One window for all thread counts, so that cases differ only in their threads.
  @Test(arguments: [([3], 8192), ([3, 5], 16_384), ([3, 5, 37], 65_536)])
  func aPipelinesWindowHoldsWhatIsInFlight(threads: [Int], packets: Int) throws {
    let descriptor = try descriptor(threads)
    let windows = descriptor.cases.filter { $0.system == .espPipeline }.map(\.windowSize)
    #expect(windows == threads.map { _ in packets })
    #expect(descriptor.cases.filter { $0.system == .vpe }.allSatisfy { $0.windowSize == 1024 })
  }

  /// Blocks of numbers set sealing threads apart (`NumberBlocks`).
  @Test(arguments: ["esp-parallel", "wireguard-parallel"])
  func aWindowHoldsTheBlocksOfNumbersToo(system: String) throws {
    func text(_ more: String) -> String {
      DescriptorFixture.text(
        systems: "['\(system)']", "sweep: { aead: 'chacha20-poly1305', threads: 8, \(more) }")
    }
    // 16,384 frames in flight, and four threads with 1,024 numbers each.
    let problems = DescriptorFixture.problems(text("number_block: [0, 1024], window_size: [23551, 23552]"))
    #expect(
      problems == [
        .init(
          path: "sweep.window_size[0]",
          reason: "23551 is less than the 16384 frames that may be in flight with 8 threads, which "
            + "\(system) reorders and the 7168 numbers by which blocks of 1024 set its threads apart; "
            + "leave it out, or lower traffic.in_flight_frames or number_block")
      ])
    #expect(DescriptorFixture.problems(text("number_block: 1024, window_size: 23552")).isEmpty)
    let unequal = "number_block: 1024, window_size: 23552, seal_threads: 7"
    #expect(DescriptorFixture.problems(text(unequal)).map(\.path) == ["sweep.window_size"])
    // A single thread never lags. A fixed rate changes nothing.
    #expect(
      DescriptorFixture.problems(text("number_block: 1024, window_size: 16384, seal_threads: 1")).isEmpty)
    let paced = text("number_block: 1024, window_size: 23551").replacing(
      "sweep:", with: "traffic: { rate_mpps: 1 }, sweep:")
    #expect(DescriptorFixture.problems(paced).map(\.path) == ["sweep.window_size"])
    // Packets that the link delays have a rule of their own.
    #expect(
      DescriptorFixture.problems(text("number_block: [0, 64], late_packets: 96, flows: 60")).map(\.path)
        == ["sweep.number_block"])
    // The default window is large enough.
    let standard = try DescriptorFixture.parse(text("number_block: 1024")).cases
    #expect(standard.map(\.windowSize) == [32_768])
    #expect(DescriptorFixture.problems(text("number_block: 8193")).map(\.path) == ["sweep.number_block"])
  }

  @Test func aWindowThatIsTooSmallForAPipelineIsRefused() throws {
    let error = #expect(throws: DescriptorError.self) {
      try self.descriptor([3], ", window_size: [8192, 4096]")
    }
    #expect(
      "\(try #require(error))".contains(
        "sweep.window_size[1]: 4096 is less than the 8192 frames that may be in flight with 3 threads"))
    _ = try descriptor([3], ", window_size: 8192")
  }
}
