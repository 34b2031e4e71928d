import Cases
import Descriptors
import Model
import Roles

extension CasePlan {
  /// The plan of a gateway that is measured alone, or of a peer, which takes format, keys and window from it.
  /// - Throws: `ModelFailure`.
  init(dut point: Case, sample: Int, of descriptor: Descriptor, run: RunID, cpus: [Int]) throws {
    let assignment = point.system.isPipeline ? try PipelineAssignment.ofThreeStages() : nil
    self.init(point, sample: sample, of: descriptor, run: run, assignment: assignment, cpus: cpus)
    // memif's rings hold few frames; a larger pool would only occupy more cache. A pipeline's stages share
    // one core here, so it has no more frames in flight than other systems.
    inFlightFrames = point.link == .memif ? 4096 : descriptor.traffic.framesInFlight(threads: 2)
    hasTimestamps = false
    if point.system == .tester {
      isSink = true
      // The frames to be opened have ESP's length.
      aead = descriptor.sweep[.aead].first?.text
    }
  }
}

extension PipelineAssignment {
  /// Each of a pipeline's six stages on a thread of its own.
  /// - Throws: never, for the assignment is valid.
  static func ofThreeStages() throws -> PipelineAssignment {
    let all = DirectionAssignment.units
    return try PipelineAssignment(
      seal: DirectionAssignment(direction: .seal, ioThreads: 1, shares: [0, 0, all]),
      open: DirectionAssignment(direction: .open, ioThreads: 1, shares: [0, all, 0]))
  }
}
