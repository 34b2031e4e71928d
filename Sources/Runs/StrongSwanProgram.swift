import Foundation
import Roles

/// strongSwan's ESP in user space as `make peers` builds it, if it is there.
public struct StrongSwanProgram: Sendable {
  static let name = "strongswan-esp"
  private let program: String
  /// The folder of strongSwan's plugins.
  private let plugins: String
  /// The program's version, and the source of its ciphers.
  let identity: String

  /// The plugins of Debian's charon for AES-GCM, ChaCha20-Poly1305 and random numbers.
  private static let pluginNames = "random aesni openssl"

  /// Looks in the folders of `PeerProgram`.
  /// - Returns: nil if the program is not installed.
  public static func find(besides executable: String) -> StrongSwanProgram? {
    PeerProgram.folders(besides: executable).lazy.compactMap { StrongSwanProgram(in: $0 + "/strongswan") }
      .first
  }

  private init?(in folder: String) {
    program = folder + "/" + Self.name
    plugins = folder + "/debian/usr/lib/ipsec/plugins"
    identity = "strongSwan \(PeerProgram.version(in: folder)), its plugins \(Self.pluginNames)"
    let files = FileManager.default
    guard files.isExecutableFile(atPath: program), files.fileExists(atPath: plugins) else { return nil }
  }

  /// Starts it as a gateway of a plan.
  /// - Parameters:
  ///   - configuration: which gateway it is.
  ///   - executable: this program's own binary, beside whose build the peer's is.
  ///   - entrance: a command that runs others where the gateway's network is.
  ///   - logPath: for its output.
  /// - Throws: `RunError`.
  static func start(
    _ configuration: StrongSwanConfiguration, besides executable: String, entrance: [String], logPath: String
  ) throws -> PeerProcess {
    guard let found = find(besides: executable) else {
      throw RunError.cannotStart(role: name, reason: "it is not here; \(PeerProgram.remedy)")
    }
    // Its keys are test keys, which can be computed from the descriptor anyway.
    let command =
      entrance + ["setpriv", "--pdeathsig", "KILL", "--"]
      + [found.program, found.plugins, pluginNames] + configuration.arguments
    return try PeerProcess(command, named: name, logPath: logPath, saysFarewell: true)
  }
}
