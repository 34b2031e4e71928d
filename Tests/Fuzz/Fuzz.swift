import Glibc

// What libFuzzer drives: one binary, the parser chosen by VPEBENCH_FUZZ. Built by tools/test-sanitized alone.

/// A parser of bytes that come from outside.
enum Target: String, CaseIterable {
  /// A frame on the black link: outer headers, ESP or VPE, and the inner packet.
  case open
  /// A packet that is to be cut.
  case fragment
  /// Outer fragments that are to be put together.
  case reassembly
  /// A frame of a capture, under `vpebench decode`.
  case decode
  /// A pcap or pcapng file.
  case capture
  /// The keys file of `vpebench decode`.
  case keys
  /// A descriptor.
  case descriptor
  /// Tables of results.
  case csv
  /// A journal.
  case journal
  /// An inventory of hosts.
  case inventory
  /// What a run or an archive says of itself: `environment.json` and `datapackage.json`.
  case package
}

private let target: Target = {
  let name = getenv("VPEBENCH_FUZZ").map { String(cString: $0) } ?? ""
  guard let target = Target(rawValue: name) else {
    must(false, "VPEBENCH_FUZZ names none of \(Target.allCases.map(\.rawValue))")
    exit(1)
  }
  return target
}()

/// libFuzzer, which tries inputs until its time is over; what it says of a run is its status.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ tryOne: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main enum Fuzz {
  static func main() {
    var (count, words) = (CommandLine.argc, CommandLine.unsafeArgv)
    exit(
      runDriver(&count, &words) { start, count in
        Fuzz.tryOne([UInt8](UnsafeBufferPointer(start: start, count: count)))
        return 0
      })
  }

  /// Tries one input; whatever is wrong ends the process.
  private static func tryOne(_ input: [UInt8]) {
    switch target {
    case .open: OpenFuzzer.shared.run(Input(input))
    case .fragment: FragmentFuzzer.run(Input(input))
    case .reassembly: ReassemblyFuzzer.shared.run(Input(input))
    case .decode: DecodeFuzzer.frame(Input(input))
    case .capture: DecodeFuzzer.file(input)
    case .keys: TextFuzzer.keys(input)
    case .descriptor: TextFuzzer.descriptor(input)
    case .csv: TextFuzzer.csv(input)
    case .journal: TextFuzzer.journal(input)
    case .inventory: TextFuzzer.inventory(input)
    case .package: TextFuzzer.package(input)
    }
  }
}

/// Ends the process, which libFuzzer takes for a find, unless the condition holds.
func must(_ condition: Bool, _ what: @autoclosure () -> String) {
  if !condition { fatalError("found: \(what())") }
}

/// Bytes of an input, taken from its front; 0 where there are no more.
struct Input {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func word() -> UInt16 { UInt16(byte()) | UInt16(byte()) << 8 }
}

/// A file without a name, made once.
private let file: CInt = {
  var path = Array("/tmp/vpebench-fuzz-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  return file
}()

/// Calls `body` with the path of a file of these bytes.
func withFile(_ bytes: [UInt8], _ body: (String) -> Void) {
  must(
    ftruncate(file, 0) == 0 && pwrite(file, bytes, bytes.count, 0) == bytes.count, "no room for a file")
  body("/proc/self/fd/\(file)")
}
