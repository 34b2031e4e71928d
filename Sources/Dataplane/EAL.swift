import CDPDK
import Foundation

/// DPDK's environment abstraction layer: memory and pinned threads. A process has one, until it ends.
public final class EAL: Sendable {
  /// The CPUs that dataplane threads are pinned to, in the order of the threads.
  public let cpus: [Int]

  /// Options of the start.
  public struct Options: Sendable {
    /// CPUs for dataplane threads, one thread each.
    public var cpus: [Int]
    /// Memory for pools and rings.
    public var memoryMegabytes = 512
    /// Whether to use huge pages and to look for PCI devices; needs both, and rights, on the machine.
    public var usesHardware = false

    /// Options for links that need no hardware.
    public init(cpus: [Int]) { self.cpus = cpus }

    /// The arguments of DPDK, the program's name first.
    public var arguments: [String] {
      // Thread 0 is the caller's: it only sleeps and reads counters, so it may run on all CPUs.
      let all = cpus.map(String.init).joined(separator: ",")
      let pinned = cpus.enumerated().map { ",\($0.offset + 1)@\($0.element)" }.joined()
      var arguments = ["vpebench", "--lcores", "0@(\(all))\(pinned)", "--no-telemetry"]
      // A memif client that waits for its server repeatedly logs errors.
      arguments += ["--log-level", "pmd.net.memif*:critical"]
      // Each process opens its own devices by name, and DPDK must open none at the start: allow only an
      // address without a device.
      if usesHardware { return arguments + ["--in-memory", "--allow", "ffff:ff:1f.7"] }
      arguments += ["--no-huge", "--no-shconf", "--no-pci", "-m", String(memoryMegabytes)]
      // Without huge pages there is a single file anyway, but memif's zero-copy mode needs the option.
      return arguments + ["--single-file-segments"]
    }
  }

  /// Starts DPDK. Call once in a process.
  /// - Throws: `DataplaneError.environment`.
  public init(_ options: Options) throws {
    cpus = options.cpus
    cdpdk_log_errors_only()
    // EAL keeps pointers into its arguments.
    var pointers = options.arguments.map { strdup($0) }
    guard rte_eal_init(Int32(pointers.count), &pointers) >= 0 else {
      throw DataplaneError.environment(reason: String(cString: cdpdk_error_text(cdpdk_error())))
    }
  }

  /// Most CPUs that threads can be pinned to: DPDK numbers so many threads, and the caller's is one.
  public static var cpusMax: Int { Int(cdpdk_lcores_max()) - 1 }
  /// The end of the CPU numbers that can be used.
  public static var cpuNumberEnd: Int { Int(cdpdk_cpu_number_end()) }

  /// The kernel's thread ID of each dataplane thread, in order; the threads live as long as the process.
  /// - Throws: `DataplaneError.environment` while one of them is busy.
  public func threadNumbers() throws -> [Int32] {
    let numbers = UnsafeMutablePointer<Int32>.allocate(capacity: max(cpus.count, 1))
    defer { numbers.deallocate() }
    for index in cpus.indices {
      let status = cdpdk_launch(
        { context in
          context.unsafelyUnwrapped.assumingMemoryBound(to: Int32.self).pointee = cdpdk_thread_number()
          cdpdk_end()
          return 0
        }, numbers + index, UInt32(index + 1))
      guard status == 0 else { throw DataplaneError.environment(reason: "thread \(index) is busy") }
      _ = cdpdk_wait(UInt32(index + 1))
    }
    return cpus.indices.map { numbers[$0] }
  }

  /// Ticks of the time-stamp counter in a second. Every figure in cycles is in these ticks, which do not
  /// change with the core's frequency.
  public static var ticksPerSecond: UInt64 { cdpdk_tsc_hz() }

  /// Bytes of the pages of DPDK's memory; nil if it does not tell.
  public static var pageBytes: Int? {
    let bytes = Int(cdpdk_page_bytes())
    return bytes == 0 ? nil : bytes
  }

  /// The time-stamp counter now.
  @inline(__always)
  public static var ticks: UInt64 { cdpdk_tsc() }

  /// Sleeps, for less than four seconds.
  public static func sleep(milliseconds: UInt32) { cdpdk_sleep_ns(milliseconds * 1_000_000) }

  /// Prefetches a cache line for writing.
  @inline(__always)
  public static func prefetchForWriting(_ line: UnsafeRawPointer) { cdpdk_prefetch_write(line) }

  /// Runs `body` on a dataplane thread, pinned to its CPU, and waits until it is done.
  /// - Parameter thread: from 1 on, as `cpus` has them.
  /// - Throws: `DataplaneError`.
  public func run(on thread: Int = 1, _ body: () -> Void) throws {
    guard cpus.count >= thread else {
      throw DataplaneError.threads(wanted: thread, available: cpus.count)
    }
    let thread = UInt32(thread)
    try withoutActuallyEscaping(body) { body in
      var work = body
      try withUnsafeMutablePointer(to: &work) { work in
        let status = cdpdk_launch(
          { context in
            context.unsafelyUnwrapped.assumingMemoryBound(to: (() -> Void).self).pointee()
            cdpdk_end()
            return 0
          }, work, thread)
        guard status == 0 else { throw DataplaneError.environment(reason: "thread \(thread) is busy") }
        // DPDK's own wait spins, on a core that may be needed.
        while cdpdk_is_running(thread) != 0 { cdpdk_sleep_ns(200_000) }
        _ = cdpdk_wait(thread)
      }
    }
  }

  /// DPDK's version, such as `DPDK 22.11.11`.
  public static var version: String { String(cString: cdpdk_version()) }

  /// The processor that DPDK's inline functions are compiled for, as the compiler's options, such as
  /// `-march=corei7`.
  public static var machineFlags: String { String(cString: cdpdk_machine_flags()) }
}
