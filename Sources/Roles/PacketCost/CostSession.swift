import Basics
import Cases
import Crypto
import Tunnel
import Wire

/// Key, association and windows of one operation of a packet-cost sample. No other operation uses them, so
/// that no nonce is used twice.
final class CostSession {
  let keys: TestKeys
  private let terms: TunnelTerms
  private let key: AEADKeys
  private let scratches: [AEADScratch]
  private let ownership: WindowOwnership
  private var windows: [UnsafeMutableRawPointer] = []
  /// The bare call's nonce in the first 12 bytes, and its additional data from byte 16 on, the same for each
  /// packet.
  private let fixed: UnsafeMutableRawPointer
  /// ESP's additional data, bytes.
  let additionalBytes: Int

  /// Keys from the plan's seed and the operation.
  /// - Throws: `RoleError.aead`, `CryptoError`.
  init(_ plan: CostPlan, _ operation: MeasuredOperation) throws {
    let algorithm = try CostSession.algorithm(plan)
    var random = CostSession.random(plan, operation)
    keys = TestKeys(
      seed: random.next(), .aToB, algorithm: algorithm, usesESN: plan.esn, windows: 1,
      format: plan.system.format)
    let material = try keys.material()
    (terms, key) = (material.terms, try material.expanded())
    scratches = [try AEADScratch(), try AEADScratch()]
    ownership = WindowOwnership(count: 1, size: CostShape(plan).windowSize) { _ in true }
    fixed = .allocate(byteCount: 64, alignment: 64)
    fixed.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
    additionalBytes = plan.esn ? 12 : 8
  }

  /// The plan's AEAD.
  /// - Throws: `RoleError.aead`.
  static func algorithm(_ plan: CostPlan) throws -> AEADAlgorithm {
    guard let algorithm = AEADAlgorithm(rawValue: plan.aead) else { throw RoleError.aead(plan.aead) }
    return algorithm
  }

  /// The generator of an operation's keys.
  static func random(_ plan: CostPlan, _ operation: MeasuredOperation) -> SplitMix64 {
    SplitMix64(state: plan.seed &+ UInt64(MeasuredOperation.allCases.firstIndex(of: operation) ?? 0))
  }

  deinit {
    windows.forEach { $0.deallocate() }
    ownership.deallocate()
    fixed.deallocate()
  }

  private func aead(_ index: Int) -> AEAD { key.aead(scratches[index]) }

  func rawSeal(additional: Int) -> RawSealStep {
    RawSealStep(aead: aead(0), fixed: fixed, additionalCount: additional)
  }

  func rawOpen(additional: Int) -> RawOpenStep {
    RawOpenStep(aead: aead(1), fixed: fixed, additionalCount: additional)
  }

  func rawSegments(additional: Int, isSealing: Bool) -> RawSegmentStep {
    RawSegmentStep(
      aead: SegmentedAEAD(aead(isSealing ? 0 : 1), keys.terms.cipher), fixed: fixed,
      additionalCount: additional, isSealing: isSealing)
  }

  /// A sealer of a format.
  func sealer<Format: TunnelFormat>(_ format: Format.Type) -> Format.Sealer {
    format.sealer(format.association(terms), window: 0, aead: aead(0), sequence: 0)
  }

  func espNumberedSealer(_ traffic: CostTraffic) -> ESPNumberedSealer {
    ESPNumberedSealer(keys.esp, aead: aead(0), cursor: traffic.cursor)
  }

  /// An opener of a format with an empty window.
  func opener<Format: TunnelFormat>(_ format: Format.Type) -> Format.Opener {
    let memory = UnsafeMutableRawPointer.allocateLines(format.windowBytes(ownership))
    windows.append(memory)
    return format.opener(format.association(terms), aead: aead(1), ownership, top: 0, in: memory)
  }
}
