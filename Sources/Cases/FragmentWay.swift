/// How an inner packet is treated that would exceed the path's MTU once it is sealed.
public enum FragmentWay: String, CaseIterable, Sendable {
  /// It is not cut, as the path takes it.
  case none
  /// It is cut, and each piece is copied into a buffer of its own and sealed there.
  case copied
  /// It is cut, and each piece is sealed where it is; headers and trailers are in further buffers.
  case chained
  /// It is cut, and each piece is sealed where it is, and sent before the next one is cut.
  case inPlace = "in-place"
  /// It is sealed whole; then the outer packet is cut, and its receiver reassembles it.
  case outer

  /// The methods that gateways support. Over rings a buffer belongs to the receiver as soon as it is sent.
  public static let ofGateways: [FragmentWay] = [.none, .copied, .outer]

  /// The most threads per direction that cut packets. Before a packet's second fragment, a burst of each
  /// other thread's queue may arrive; a receiver does not wait much longer. The threads also share the space
  /// of identifications.
  public static let threadsMax = 15
}

/// Names of counts for packets that are cut in a circuit. They are reported as stages, beside the stages that
/// do the work, and count pieces; a packet that is not cut is one piece.
public enum FragmentStages {
  /// Pieces of inner packets, which are cut before they are sealed.
  public static let cut = "cut"
  /// Pieces of outer packets, which are cut after they were sealed.
  public static let cutOuter = "cut-outer"
  /// Pieces that cutting has added, beyond one for each packet.
  public static let pieces = "pieces"
  /// Reassembled fragments: outer ones at the gateway that opens them, inner ones at the host that receives
  /// them.
  public static let reassemble = "reassemble"
  /// Fragments that were merged into another fragment's packet.
  public static let joined = "joined"
  /// All of these names.
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
  /// How packets are treated that exceed the path's MTU.
  public var fragments: FragmentWay {
    get { word(.fragments) ?? .none }
    set { self[.fragments] = .word(newValue.rawValue) }
  }
}
