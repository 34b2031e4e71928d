/// What is done about an inner packet that is longer than the path allows once it is sealed.
public enum FragmentWay: String, CaseIterable, Sendable {
  /// Nothing: the path takes it.
  case none
  /// It is cut, and each piece copied into a buffer of its own and sealed there.
  case copied
  /// It is cut, and each piece sealed where it lies, with what comes before and behind in further buffers.
  case chained
  /// It is cut, and each piece sealed where it lies, and is gone before the next one is cut.
  case inPlace = "in-place"
  /// It is sealed whole; the outer packet is cut, and put together by its receiver.
  case outer

  /// The ways that gateways have: over rings a buffer is the receiver's as soon as it is sent.
  public static let ofGateways: [FragmentWay] = [.none, .copied, .outer]

  /// Most threads of a direction that cut. Before a packet's second fragment comes a burst of each other
  /// thread's queue may come, and it is not waited for much longer; and these threads share the
  /// identifications.
  public static let threadsMax = 15
}

/// What is counted where packets are cut on their way through a circuit, as stages beside those that do it.
/// All count in pieces; a packet that goes on whole is one.
public enum FragmentStages {
  /// Inner packets are cut, before they are sealed.
  public static let cut = "cut"
  /// Outer packets are cut, after they were sealed.
  public static let cutOuter = "cut-outer"
  /// Pieces that either has made, beyond one for each packet.
  public static let pieces = "pieces"
  /// Fragments are put together: outer ones by the gateway that opens them, inner ones by the host that they
  /// are for.
  public static let reassemble = "reassemble"
  /// Fragments that have become a part of another one's packet.
  public static let joined = "joined"
  /// Each of them.
  public static let all: Set = [cut, cutOuter, pieces, reassemble, joined]
}

extension Axis {
  static let definitionOfFragments = Definition(
    "How inner packets that a path of 1500 bytes does not take are cut into pieces, each sealed on its own: "
      + "not at all (none); each copied into a buffer of its own (copied); with headers and trailers in "
      + "further buffers around it (chained); in the packet's own buffer, one sent after the other "
      + "(in-place); or sealed whole, the outer packet cut and put together by its receiver (outer). In "
      + "circuits copied and outer.",
    .words(FragmentWay.allCases.map(\.rawValue)), standard: "none", absent: "none",
    .throughputOrCost(otherwise: "the black link takes every frame"), suits: \.cutsInGateways
  ) { $0 == "none" ? "whole" : $0.text }
}

extension AxisValues {
  /// What is done to packets that are longer than the path allows.
  public var fragments: FragmentWay {
    get { word(.fragments) ?? .none }
    set { self[.fragments] = .word(newValue.rawValue) }
  }
}
