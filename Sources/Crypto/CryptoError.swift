import Cases

/// What can go wrong before a packet is sealed or opened.
public enum CryptoError: Error, Equatable, CustomStringConvertible {
  /// The key has another length than the algorithm's.
  case keyLength(algorithm: AEADAlgorithm, bytes: Int)
  /// intel-ipsec-mb could not start: no memory or a CPU that it does not support.
  case library
  /// The system has not as much memory for associations and keys.
  case memory(bytes: Int)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .keyLength(let algorithm, let bytes):
      "a key for \(algorithm.rawValue) has \(algorithm.keyBytes) bytes, not \(bytes)"
    case .library:
      "intel-ipsec-mb cannot start on this machine: it needs an x86-64 CPU with SSE4.2 and some memory; "
        + "`vpebench check` shows what this one offers"
    case .memory(let bytes):
      "the system has no \(bytes) bytes of memory for associations and keys: free some, or use fewer tunnels"
    }
  }
}
