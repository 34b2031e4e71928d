import Cases

/// A system's title in figures and tables, and the number of its style in `plots/style.gnuplot`.
public struct SystemStyle: Sendable, Equatable {
  /// The title for readers, such as `ESP`.
  public let title: String
  /// Number of the style, from 1.
  let number: Int

  /// The style of the system called `name` in tables.
  public init(_ name: String) {
    let index = Self.known.firstIndex { $0.system.rawValue == name }
    title = index.map { Self.known[$0].title } ?? name
    number = (index ?? Self.known.count) + 1
  }

  /// The style of series without a system: a solid line in the text's colour. ESP multi-SA has the same
  /// style, but no figure shows both.
  static let plain = 10

  private static let known: [(system: System, title: String)] = [
    (.vpe, "VPE"), (.espSingle, "ESP"), (.espPipeline, "ESP pipeline"), (.ipsecSecgw, "ESP (DPDK)"),
    (.raw, "AEAD"), (.rawAAD, "AEAD, AAD"), (.null, "baseline"), (.cryptodev, "AEAD, cryptodev"),
    (.tester, "tester"), (.espMultiSA, "ESP multi-SA"), (.espParallel, "ESP parallel"),
    (.eespSubSA, "EESP"), (.psp, "PSP"), (.pspDerive, "PSP, key derived"), (.wireguard, "WireGuard"),
    (.espOrdered, "ESP in order"), (.espPipelinePaper, "Paper pipeline"), (.espSenders, "ESP, no windows"),
    (.espSenderWindows, "ESP, windows"), (.espTransport, "ESP transport"),
    (.vpeTransportA, "VPE transport A"), (.vpeTransportB, "VPE transport B"),
    (.wireguardParallel, "WireGuard parallel"), (.wireguardOrdered, "WireGuard in order"),
  ]
}

extension System {
  /// The title for readers.
  var title: String { SystemStyle(rawValue).title }
}
