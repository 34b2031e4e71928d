import Foundation
import TestSupport

/// The machine code of a release binary, as binutils show it.
struct Disassembly {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  struct Function: Hashable {
    let address: UInt64
    let bytes: UInt64
    /// Demangled if it is Swift's.
    let name: String
  }

  let binary: String
  let functions: [Function]
  /// Every instruction that names a symbol, in the order of addresses.
  private let mentioning: [(address: UInt64, instruction: Substring)]

  /// The binary that `make build` made.
  static func ofRelease() throws -> Disassembly { try release.get() }

  /// Read once, for it is long.
  private static let release = Result {
    guard let binary = ProcessInfo.processInfo.environment["VPEBENCH_BINARY"] else {
      throw Failure(description: "set VPEBENCH_BINARY to the release binary of vpebench, or use `make test`")
    }
    return try Disassembly(binary)
  }

  init(_ binary: String) throws {
    self.binary = binary
    let listing = try Disassembly.run("nm", ["--defined-only", "--print-size", binary])
    functions = listing.split(separator: "\n").compactMap(Disassembly.function).sorted {
      ($0.address, $0.bytes) < ($1.address, $1.bytes)
    }
    // All at once: the tool takes longer to begin than for a function. Most of what it says is of no use.
    let others = #"""
      objdump --disassemble --no-show-raw-insn "$0" | awk '
        /^[0-9a-f]+ </ { own = $2; sub(/>:$/, "", own); next }
        /<.*>$/ && !index($0, own ">") && !index($0, own "+")'
      """#
    let text = try Disassembly.run("bash", ["-o", "pipefail", "-c", others, binary])
    mentioning = text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":\t", maxSplits: 1)
      guard parts.count == 2, let address = UInt64(parts[0].drop { $0 == " " }, radix: 16) else { return nil }
      return (address, parts[1])
    }
  }

  /// A function of a line of nm's: address, size, type, name.
  static func function(_ line: some StringProtocol) -> Function? {
    let words = line.split(separator: " ")
    guard words.count == 4, ["t", "T", "w", "W"].contains(words[2]),
      let address = UInt64(words[0], radix: 16), let bytes = UInt64(words[1], radix: 16)
    else { return nil }
    return Function(address: address, bytes: bytes, name: demangled(String(words[3])))
  }

  /// The function that holds the code at an address; nil for data and other libraries' code.
  func function(at address: UInt64) -> Function? {
    let next = Disassembly.first(of: functions.count) { functions[$0].address > address }
    guard next > 0, address - functions[next - 1].address < functions[next - 1].bytes else { return nil }
    return functions[next - 1]
  }

  /// The first of `count` indices from which on `isBeyond` holds; `count` if it holds of none.
  private static func first(of count: Int, where isBeyond: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func run(_ tool: String, _ arguments: [String]) throws -> String {
    let (status, output, errors) = try runProgram("/usr/bin/env", [tool] + arguments)
    guard status == 0 else { throw Failure(description: "\(tool) ended with status \(status): \(errors)") }
    return output
  }

  // MARK: - What a function touches

  /// A symbol that an instruction names: what it calls, jumps to or loads the address of.
  struct Mention: Hashable {
    let address: UInt64
    /// Demangled; a function of another library ends in `@` and more.
    let symbol: String
  }

  /// The address and the symbol in an instruction such as `call   20510 <swift_retain@plt>`; an offset from
  /// the symbol is left out.
  static func mention(_ instruction: some StringProtocol) -> Mention? {
    let pattern = /([0-9a-f]+) <([^>+]+)(?:\+0x[0-9a-f]+)?>/
    guard let match = String(instruction).firstMatch(of: pattern), let address = UInt64(match.1, radix: 16)
    else { return nil }
    let parts = match.2.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let suffix = parts.count > 1 ? "@" + parts[1] : ""
    return Mention(address: address, symbol: demangled(String(parts[0])) + suffix)
  }

  /// All that a function mentions outside of itself.
  func mentions(_ function: Function) -> Set<Mention> {
    let end = function.address + function.bytes
    let start = Disassembly.first(of: mentioning.count) { mentioning[$0].address >= function.address }
    let own = mentioning[start...].prefix { $0.address < end }
    let mentions = own.compactMap { Disassembly.mention($0.instruction) }
    return Set(mentions.filter { !(function.address..<end).contains($0.address) })
  }

  /// What a function mentions that costs references, memory or unspecialised code, and so do the functions of
  /// this binary that it mentions; a line each, with the way to it.
  func costs(of function: Function) -> [String] {
    var found: [String] = []
    var seen: Set<Function> = [function]
    var open: [(function: Function, way: String)] = [(function, function.name)]
    while let (function, way) = open.popLast() {
      for mention in mentions(function) {
        if Disassembly.isCostly(mention.symbol) {
          found.append("\(way) → \(mention.symbol)")
        } else if let next = self.function(at: mention.address), seen.insert(next).inserted {
          open.append((next, "\(way) → \(next.name)"))
        }
      }
    }
    return found.sorted()
  }

  /// Whether a hot function may not touch this: Swift's runtime (references, exclusive access, casts,
  /// metadata, witness tables), its unspecialised library, memory, and what is outlined to copy or destroy.
  static func isCostly(_ symbol: String) -> Bool {
    let name = symbol.prefix { $0 != "@" }
    // No function: constants that happen to lie behind it are named by it.
    if name == "__swift_reflection_version" { return false }
    if name.hasPrefix("swift_") { return true }
    if ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc"].contains(name) {
      return true
    }
    let isElsewhere = symbol.contains("@")
    if isElsewhere, symbol.contains("Swift.") { return true }
    return [
      "outlined ", "value witness", "witness table accessor", "metadata accessor", "_swift_", "__swift_",
    ].contains { symbol.contains($0) }
  }
}

@_silgen_name("swift_demangle")
private func swiftDemangle(
  _ name: UnsafePointer<CChar>, _ count: Int, _ buffer: UnsafeMutablePointer<CChar>?,
  _ bufferCount: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// The name in a Swift symbol, or any other symbol as it is.
func demangled(_ symbol: String) -> String {
  guard symbol.hasPrefix("$s"), let name = swiftDemangle(symbol, symbol.utf8.count, nil, nil, 0) else {
    return symbol
  }
  defer { free(name) }
  return String(cString: name)
}
