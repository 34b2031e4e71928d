import Cases
import Crypto
import Tunnel

extension CasePlan {
  /// Bytes that one tunnel's associations occupy in a gateway, both directions: keys, sealers, openers and
  /// windows; nil for a system in whose gateways threads share these.
  package static func associationBytes(of point: Case) -> Int? {
    var plan = CasePlan(
      system: point.system, aead: point.aead?.rawValue, threads: point.threads, frameBytes: point.frameBytes,
      seed: 0, cpus: [])
    plan.axes = point.values
    return plan.associationBytes
  }

  private var associationBytes: Int? {
    guard let format = system.format, !system.isPipeline, !system.sharesAssociation else { return nil }
    let facts = format.facts
    let associations = system == .espMultiSA ? windows : 1
    let count = facts.keyCount(windows: windows)
    // Several keys of an association are in one piece of memory.
    let algorithm = aead.flatMap(AEADAlgorithm.init(rawValue:)) ?? .aes128GCM
    let key = count > 1 ? AEADKeyArena.keyBytes(algorithm) : AEADKey.memoryBytes
    let sealers = system.runsInParallel ? windows : 1
    let openers = system == .espMultiSA ? windows : system.runsInParallel ? opening : 1
    let bytes = format.visit(EndBytes(windows: sealers, openers: openers, size: max(axes.windowSize, 64)))
    return 2 * associations * count * key + bytes.sealing + bytes.opening
  }
}

/// Bytes of what seals a direction, and of what opens it, windows included, in a format.
private struct EndBytes: FormatVisitor {
  typealias Failure = Never
  let windows: Int
  let openers: Int
  let size: Int

  func visit<Format: TunnelFormat>(_ format: Format.Type) -> (sealing: Int, opening: Int) {
    let opening = (0..<openers).reduce(0) { bytes, index in
      // Each opening thread owns some of the windows; where a format has one, each opener has that.
      let count = Format.windowEnd > 0 ? windows : 1
      let ownership = WindowOwnership(count: count, size: size) {
        count == 1 || Int($0) % openers == index
      }
      defer { ownership.deallocate() }
      return bytes + MemoryLayout<Format.Opener>.size + format.windowBytes(ownership)
    }
    return (windows * MemoryLayout<Format.Sealer>.size, opening)
  }
}
