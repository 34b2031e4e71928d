/// What the paper states (Pfeiffer et al., ARES 2020), and what its hardware's makers publish. Values that
/// neither states are not here.
public enum PaperFigures {
  /// VPE's goodput with 64-byte packets and 2 threads a gateway, Gbit/s (sections 5.3 and 5.4).
  public static let vpe64At2Threads = 2.32
  /// VPE's peak goodput with 64-byte packets, Gbit/s, "using 38 cores" (section 5.4).
  public static let vpe64At38Threads = 29.8
  /// Goodput of single-threaded ESP with 64-byte packets, one thread a direction, Gbit/s (section 5.3).
  public static let espSingle64 = 2.29
  /// Peak goodput of the ESP pipeline with 64-byte packets, Gbit/s; its thread count is not stated
  /// (section 5.4).
  public static let espPipeline64Peak = 9.7
  /// VPE's goodput with 1420-byte packets and 2 threads, Gbit/s (section 5.3).
  public static let vpe1420At2Threads = 19.50
  /// Where VPE with 1420-byte packets appears to saturate with 10 threads, Gbit/s (section 5.4).
  public static let vpe1420At10Threads = 73.0

  /// The shorter packets, bytes: "Ethernet's minimum frame size" (section 5.3).
  public static let smallFrameBytes = 64
  /// The longer packets, bytes (section 5.3); taken for frames, too.
  public static let largeFrameBytes = 1420
  /// Threads with which the ESP pipeline starts (section 5.4).
  public static let pipelineThreadsMin = 3
  /// The most threads that the text names (section 5.4).
  public static let threadsMax = 38
  /// Sockets of a gateway (section 5.2).
  public static let sockets = 2
  /// Rate of the links, Gbit/s (section 5.2).
  public static let linkGigabitsPerSecond = 100.0

  /// Bytes that VPE adds to a frame on the black link: its header of 32 (section 4.4, Fig. 3) and an outer
  /// IPv4 header of 20 (RFC 791). The paper does not say which IP version lay outside.
  public static let vpeOverheadBytes = 32 + 20

  /// Turbo frequency of the Xeon E5-2698 v4 with 1 or 2 cores active, GHz: Intel's product specification, as
  /// "Max Turbo Frequency". Not from the paper.
  public static let maxTurboGigahertz = 3.6
  /// The same processor's turbo frequency with all 20 cores active, GHz: Intel's turbo bins for it, not
  /// re-read here. Not from the paper. Sustained AVX2 can run lower.
  public static let allCoreTurboGigahertz = 2.7
  /// Cores of a socket (section 5.2).
  public static let coresPerSocket = 20

  /// The frequency of the paper's gateways, costs measured with 2 active cores.
  ///
  /// Two assumptions of ours: linear between the two published points (Intel's bins are steps, which fall
  /// faster at first), and threads spread evenly over both sockets.
  /// - Throws: nothing with these constants; the table checks them like any other.
  public static func frequency() throws -> CoreFrequency {
    try CoreFrequency(
      points: [
        .init(activeCores: 2, gigahertz: maxTurboGigahertz),
        .init(activeCores: coresPerSocket, gigahertz: allCoreTurboGigahertz),
      ], sockets: sockets, measuredActiveCores: 2)
  }
}
