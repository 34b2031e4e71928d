import Basics
import Cases
import Crypto
import Foundation
import Results
import Roles

/// The keys file of a case, for decoders and peers. These are test keys, which everyone who knows descriptor
/// and run ID can compute; no other key is ever written to a file.
package enum TestKeysFile {
  /// The file's name in the folder of captures.
  package static let name = "test-keys.json5"

  /// Its path in a folder of captures.
  static func path(in folder: String) -> String { "\(folder)/\(name)" }

  /// Writes the associations of both directions to `path`, or removes an older file if there are none.
  /// - Parameter generations: the most generations that an association had.
  /// - Throws: `ResultsError.file`.
  static func write(_ plan: CasePlan, generations: Int = 1, to path: String) throws {
    guard let text = text(plan, generations: generations) else {
      unlink(path)
      return
    }
    try AtomicFile.write(Data(text.utf8), to: path)
  }

  /// The file; nil without a security protocol.
  package static func text(_ plan: CasePlan, generations: Int = 1) -> String? {
    guard plan.system != .null, let algorithm = plan.aead.flatMap(AEADAlgorithm.init(rawValue:)) else {
      return nil
    }
    let directions: [TestKeys.Direction] = [.aToB, .bToA]
    let lines = directions.flatMap { direction in
      (0..<generations).flatMap { generation in
        (0..<plan.associations).map { number in
          let keys = plan.keys(algorithm, direction, number: number, generation: generation)
          return "    {\(members(keys, plan, algorithm))},"
        }
      }
    }
    var rest = "  vpe_protocol: \(plan.encapsulation.vpeProtocol),\n"
    if let port = plan.encapsulation.udpPort { rest += "  udp_ports: [\(port)],\n" }
    return """
      // Test keys of one sample, for `vpebench decode`: they follow from seed and run ID.
      {
        note: "test keys; never use them to protect anything",
        associations: [
      \(lines.joined(separator: "\n"))
        ],
      \(rest)}

      """
  }

  private static func members(_ keys: TestKeys, _ plan: CasePlan, _ algorithm: AEADAlgorithm) -> String {
    let (terms, format) = (keys.terms, plan.system.format ?? .esp)
    var own = format.isVPE ? "sender: \(terms.sender), " : ""
    if format.facts.windowEnd > 0 { own += "windows: \(terms.windows), " }
    if format.facts.hasSalt {
      let salt = withUnsafeBytes(of: terms.salt.bigEndian) { $0.hex() }
      own += "salt: \"\(salt)\", "
    }
    if format.facts.hasESN { own += "esn: \(terms.usesESN), " }
    return "format: \"\(format.rawValue)\", spi: \(terms.spi), \(own)aead: \"\(algorithm.rawValue)\", "
      + "key: \"\(keys.key.hex())\", window_size: \(plan.windowSize)"
  }
}
