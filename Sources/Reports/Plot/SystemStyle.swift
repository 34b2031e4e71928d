/// What a system is called in figures and tables, and which of the styles in `plots/style.gnuplot` it has:
/// the same everywhere.
public struct SystemStyle: Sendable, Equatable {
  /// For readers, such as `ESP`.
  public let title: String
  /// Number of the style, from 1.
  let number: Int

  /// The style of the system that is called `name` in tables.
  public init(_ name: String) {
    if let known = Self.known.firstIndex(where: { $0.name == name }) {
      self.init(title: Self.known[known].title, number: known + 1)
    } else {
      self.init(title: name, number: Self.known.count + 1)
    }
  }

  private init(title: String, number: Int) {
    self.title = title
    self.number = number
  }

  /// The style of what is of no system: a solid line in ink, as ESP multi-SA's, which is never beside it.
  static let plain = 10

  private static let known: [(name: String, title: String)] = [
    ("vpe", "VPE"), ("esp-single", "ESP"), ("esp-pipeline", "ESP pipeline"), ("ipsec-secgw", "ESP (DPDK)"),
    ("raw", "AEAD"), ("raw-aad", "AEAD, AAD"), ("baseline", "baseline"),
    ("cryptodev", "AEAD, cryptodev"), ("tester", "tester"),
    ("esp-multi-sa", "ESP multi-SA"), ("esp-parallel", "ESP parallel"), ("eesp-subsa", "EESP"),
    ("psp", "PSP"), ("psp-derive", "PSP, key derived"), ("wireguard", "WireGuard"),
    ("esp-ordered", "ESP in order"), ("esp-pipeline-paper", "Paper pipeline"),
    ("esp-senders", "ESP, no windows"), ("esp-sender-windows", "ESP, windows"),
    ("esp-transport", "ESP transport"), ("vpe-transport-a", "VPE transport A"),
    ("vpe-transport-b", "VPE transport B"),
  ]
}
