import Cases
import Crypto
import Descriptors
import Foundation
import Tunnel

/// A file of keys, JSON5, to decode captures with. Nothing of a key is ever printed, be it right or wrong.
public enum KeysFile {
  /// Reads and checks the file.
  /// - Throws: `DescriptorError` with every problem found.
  public static func load(file: URL) throws(DescriptorError) -> KnownAssociations {
    do { return try read(file) } catch {
      throw DescriptorError(
        file: error.file,
        problems: error.problems.enumerated().map { index, problem in
          // What nobody is told needs no words, which take time to look through.
          if index >= DescriptorError.most { return DescriptorError.Problem(path: "", reason: "") }
          return DescriptorError.Problem(
            path: withoutDigits(problem.path), reason: withoutDigits(problem.reason))
        })
    }
  }

  private static func read(_ file: URL) throws(DescriptorError) -> KnownAssociations {
    let value: JSONValue
    do { value = try JSON5.parse(JSON5.text(of: file)) } catch { throw DescriptorError(file: file, error) }
    return try parse(value, file: file)
  }

  /// A message without what may be a part of a key that stands where none belongs, or without its quotes:
  /// more digits than an SPI has.
  private static func withoutDigits(_ text: String) -> String {
    text.replacing(/(?:0x)?[0-9a-fA-F]{8,}/) { match in
      let digits = match.output
      let isShort = digits.count <= 10 && (digits.hasPrefix("0x") || digits.allSatisfy(\.isNumber))
      return isShort ? String(digits) : "…"
    }
  }

  private static func parse(_ value: JSONValue, file: URL) throws(DescriptorError) -> KnownAssociations {
    let (masked, secrets) = mask(value)
    var checker = ShapeChecker(root: shape)
    let checked = checker.check(masked, as: shape, at: "")
    var problems = checker.problems
    var associations: [KnownAssociation] = []
    if let checked, problems.isEmpty {
      let tree = CheckedTree(checked)
      var names: Set<String> = []
      for (index, item) in tree["associations"].items.enumerated() {
        let location = "associations[\(index)]"
        guard let known = association(item, secrets[index], at: location, &problems) else { continue }
        // An SPI is its receiver's choice, so another key may have the same one.
        if !names.insert("\(known.name) \(secrets[index].text)").inserted {
          problems.append(
            .init(path: location, reason: "\(known.name) is listed twice with this key"))
        }
        associations.append(known)
      }
      // An IPv6 packet's extension headers are told before VPE is looked for; IPv4 has none.
      if let reason = ProtocolNumber.refusal(of: tree["vpe_protocol"].int, isIPv6: false) {
        problems.append(.init(path: "vpe_protocol", reason: reason))
      }
      if problems.isEmpty {
        return KnownAssociations(
          associations, vpeProtocol: UInt8(tree["vpe_protocol"].int),
          udpPorts: Set(tree["udp_ports"].items.map { UInt16($0.int) }))
      }
    }
    throw DescriptorError(file: file.relativePath, problems: problems)
  }

  // MARK: - Secrets

  /// Key and salt as they stand in the file.
  private struct Secrets {
    var key: JSONValue?
    var salt: JSONValue?

    /// To be compared only.
    var text: String {
      [key, salt].map { value in
        if case .string(let text)? = value { text.lowercased() } else { "" }
      }.joined(separator: " ")
    }
  }

  /// The file's value with words in place of keys and salts, so that no message can show them.
  private static func mask(_ value: JSONValue) -> (masked: JSONValue, secrets: [Secrets]) {
    guard case .object(var object) = value, case .array(let items)? = object["associations"] else {
      return (value, [])
    }
    var secrets: [Secrets] = []
    let masked = items.enumerated().map { index, item in
      guard case .object(var association) = item else {
        secrets.append(Secrets())
        return item
      }
      secrets.append(Secrets(key: association["key"], salt: association["salt"]))
      for name in ["key", "salt"] where association[name] != nil {
        association[name] = .string("\(name) \(index)")
      }
      return .object(association)
    }
    object["associations"] = .array(masked)
    return (.object(object), secrets)
  }

  /// The bytes that hexadecimal digits stand for; a problem, without the digits, if they are not as many.
  private static func bytes(
    _ value: JSONValue?, _ count: Int, _ what: String, at path: String,
    _ problems: inout [DescriptorError.Problem]
  ) -> [UInt8]? {
    let wanted = "\(what) is text of \(2 * count) hexadecimal digits"
    guard case .string(let text)? = value else {
      problems.append(
        .init(path: path, reason: value == nil ? "is missing; \(wanted)" : "is no text; \(wanted)"))
      return nil
    }
    let digits = text.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
    guard digits.count == text.count, text.utf8.count == 2 * count else {
      let reason =
        digits.count == text.count ? "has \(text.count.counted("digit"))" : "holds other characters"
      problems.append(.init(path: path, reason: "\(reason); \(wanted)"))
      return nil
    }
    return (0..<count).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
  }

  // MARK: - Associations

  /// Formats whose header is ESP's.
  private static let ofESP: [FormatName] = [.esp, .espTransport]

  /// Members that some formats alone have.
  private static let owned: [(members: [String], owners: [FormatName])] = [
    (["windows"], FormatName.allCases.filter { $0.facts.windowEnd > 0 }),
    (["sender"], FormatName.allCases.filter(\.isVPE)),
    (["salt"], FormatName.allCases.filter { $0.facts.hasSalt }),
    (["esn"], FormatName.allCases.filter { $0.facts.hasESN }),
    (["last_sequence", "icv_bytes"], ofESP),
  ]

  private static func association(
    _ tree: CheckedTree, _ secrets: Secrets, at path: String, _ problems: inout [DescriptorError.Problem]
  ) -> KnownAssociation? {
    let algorithm: AEADAlgorithm = tree["aead"].choice()
    let name: FormatName = tree["format"].choice()
    let keyBytes = name.facts.secretBytes(algorithm)
    let what = keyBytes == algorithm.keyBytes ? algorithm.rawValue : name.rawValue
    let key = bytes(secrets.key, keyBytes, "a key of \(what)", at: "\(path).key", &problems)
    for (members, owners) in owned where !owners.contains(name) {
      let words = owners.map(\.rawValue).joined(separator: ", ")
      for foreign in members where tree.optional(foreign) != nil {
        problems.append(.init(path: "\(path).\(foreign)", reason: "is for \(words) only"))
      }
    }
    let (isESP, isVPE) = (ofESP.contains(name), name.isVPE)
    let ciphers = name.facts.ciphers
    if !ciphers.contains(algorithm) {
      let words = ciphers.map(\.rawValue).joined(separator: ", ")
      problems.append(
        .init(
          path: "\(path).aead",
          reason: "\(algorithm.rawValue) is no cipher of \(name.rawValue); allowed is \(words)"))
    }
    let spi = UInt32(tree["spi"].int)
    let icvBytes = Self.icvBytes(tree, algorithm, at: path, &problems)
    let destination = tree.optional("destination").flatMap { IPAddress($0.text) }
    if tree.optional("destination") != nil, destination == nil {
      problems.append(.init(path: "\(path).destination", reason: "is no IPv4 or IPv6 address"))
    }
    var format = KnownAssociation.Format.vpe(
      VPEAssociation(
        spi: spi, sender: UInt16(tree.optional("sender")?.int ?? 1),
        windows: tree.optional("windows")?.int ?? 65536))
    var salt: UInt32 = 0
    if name.facts.hasSalt {
      guard let given = bytes(secrets.salt, 4, "a salt", at: "\(path).salt", &problems) else { return nil }
      salt = given.reduce(0) { $0 << 8 | UInt32($1) }
    }
    let usesESN = tree.optional("esn")?.flag ?? true
    if !isESP, !isVPE {
      let windows = tree.optional("windows")?.int ?? 1
      format = .other(
        name, TunnelTerms(spi: spi, salt: salt, windows: windows, usesESN: usesESN, cipher: algorithm))
    }
    if isESP {
      let association = ESPAssociation(spi: spi, salt: salt, usesESN: usesESN)
      let last = last(tree, usesESN: association.usesESN, at: path, &problems)
      format = .esp(association, last: last)
    }
    guard let key, problems.isEmpty else { return nil }
    return KnownAssociation(
      format, algorithm: algorithm, key: key, windowSize: tree["window_size"].int, icvBytes: icvBytes,
      destination: destination, transport: name.facts.isTransport ? name : nil)
  }

  private static func icvBytes(
    _ tree: CheckedTree, _ algorithm: AEADAlgorithm, at path: String,
    _ problems: inout [DescriptorError.Problem]
  ) -> Int {
    let bytes = tree.optional("icv_bytes")?.int ?? AEADAlgorithm.tagBytes
    let allowed = algorithm == .chaCha20Poly1305 ? [16] : [8, 12, 16]
    if !allowed.contains(bytes) {
      let words = allowed.map(String.init).joined(separator: ", ")
      problems.append(
        .init(
          path: "\(path).icv_bytes",
          reason: "\(bytes) is not allowed with \(algorithm.rawValue); allowed is \(words)"))
    }
    return bytes
  }

  private static func last(
    _ tree: CheckedTree, usesESN: Bool, at path: String, _ problems: inout [DescriptorError.Problem]
  ) -> UInt64 {
    guard let text = tree.optional("last_sequence")?.text else { return 0 }
    guard let last = UInt64(text), usesESN || last <= UInt32.max else {
      let most = usesESN ? "2^64 - 1" : "2^32 - 1 where esn is false"
      problems.append(
        .init(path: "\(path).last_sequence", reason: "is too large; sequence numbers end at \(most)"))
      return 0
    }
    return last
  }

  private static let number = Shape.Pattern(
    expression: "[0-9]{1,20}", allowed: "a number below 2^64, in quotes, for it may need 64 bits")

  private static let shape = Shape.object([
    .init("note", .text(.anything), .optional, "What a reader should know."),
    .init("associations", .list(.object(association)), .required, "Whose keys are known."),
    .init("vpe_protocol", .integer(1...255), .standard(50), "IP protocol of VPE."),
    .init(
      "udp_ports", .list(.integer(1...65535)), .standard([4500]),
      "UDP ports of ESP and VPE; others have their own."),
  ])

  private static let association: [Shape.Field] = [
    .init(
      "format", .choice(FormatName.allCases.map(\.rawValue)), .required, "The packets' format."),
    .init(
      "spi", .integer(1...4_294_967_295), .required,
      "Security Parameters Index; WireGuard's receiver index."),
    .init("aead", .choice(AEADAlgorithm.allCases.map(\.rawValue)), .required, "What the key is for."),
    .init(
      "key", .text(.anything), .required,
      "The key, or what keys are derived from, in hexadecimal digits, without salt."),
    .init(
      "salt", .text(.anything), .optional,
      "ESP in all its forms, ladder-…: the 4 bytes that the nonce begins with."),
    .init(
      "esn", .boolean, .optional,
      "ESP, esp-implicit-iv: whether sequence numbers have 64 bits (standard)."),
    .init("last_sequence", .text(number), .optional, "ESP: the highest number before the capture."),
    .init("icv_bytes", .integer(8...16), .optional, "ESP: bytes of the ICV, 8, 12 or 16 (16)."),
    .init("destination", .text(.anything), .optional, "The only receiver, an IP address; missing: any."),
    .init("sender", .integer(0...65535), .optional, "VPE: the Sender ID (1)."),
    .init(
      "windows", .integer(1...65536), .optional,
      "VPE, EESP: how many windows, or Sub SAs, the sender uses (65536, 1)."),
    .init(
      "window_size", .integer(ReplayWindow.sizes.lowerBound...ReplayWindow.largest), .standard(1024),
      "Packets that a replay window remembers."),
  ]
}
