import Foundation

/// What is compared: a packet format together with the way in which a gateway spreads it over threads.
public enum System: String, Sendable, CaseIterable {
  /// No crypto and no header: the floor of the harness.
  case null
  /// Frames passed on as they are, without a gateway's work on them.
  case raw
  /// ESP, one thread for each direction.
  case espSingle = "esp-single"
  /// ESP, one security association over a pipeline of threads.
  case espPipeline = "esp-pipeline"
  /// ESP, a security association for each thread.
  case espMultiSA = "esp-multi-sa"
  /// VPE, a window for each thread.
  case vpe
  /// DPDK's own example gateway.
  case ipsecSecgw = "ipsec-secgw"

  /// The systems that this version runs; descriptors with any other are refused.
  public static let implemented: [System] = [.null, .espSingle, .vpe]

  /// The dataplane threads that a gateway of this system can have, both directions together.
  public var threadCounts: ClosedRange<Int> {
    switch self {
    case .null, .raw, .espSingle, .ipsecSecgw: 2...2
    case .espPipeline: 3...64
    case .espMultiSA, .vpe: 2...64
    }
  }

  /// Whether packets are encrypted, so that the cipher and the replay window matter.
  public var hasCrypto: Bool {
    switch self {
    case .null, .raw: false
    case .espSingle, .espPipeline, .espMultiSA, .vpe, .ipsecSecgw: true
    }
  }

  /// Whether sequence numbers may be extended ones; VPE's are 64 bits wide anyway.
  public var hasESN: Bool { hasCrypto && self != .vpe }
}

/// An AEAD cipher as descriptors name it.
public enum AEADName: String, Sendable, CaseIterable {
  case aes128GCM = "aes-128-gcm"
  case aes256GCM = "aes-256-gcm"
  case chaCha20Poly1305 = "chacha20-poly1305"

  /// The cipher within the name of a case: `aes128gcm`.
  public var shortName: String { rawValue.replacingOccurrences(of: "-", with: "") }
}

/// What connects the roles.
public enum LinkKind: String, Sendable, CaseIterable {
  /// Rings in one process.
  case ring
  /// Pairs of virtual Ethernet devices; each role its own process in its own network namespace.
  case veth
  /// DPDK devices that the descriptor names.
  case ports
}

/// What a descriptor measures.
public enum MeasuredQuantity: String, Sendable, CaseIterable {
  /// Goodput, packet rate, loss and the cycles of each stage.
  case throughput
}

/// What carries a sealed packet between the gateways.
public enum Encapsulation: String, Sendable, CaseIterable {
  /// IP directly.
  case ip
  /// UDP in IP, as for network address translation.
  case udp
}

/// Where a deliberate fault is put in: a port of a gateway.
public enum FaultPoint: String, Sendable, CaseIterable {
  case gatewayARed = "gateway-a.red"
  case gatewayABlack = "gateway-a.black"
  case gatewayBRed = "gateway-b.red"
  case gatewayBBlack = "gateway-b.black"
}

/// What a deliberate fault does to a frame.
public enum FaultKind: String, Sendable, CaseIterable {
  /// The frame is lost without being counted.
  case drop
  /// The frame is sent twice.
  case double
  /// A byte of the frame is changed.
  case damage
}
