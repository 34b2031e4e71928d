import Cases
import Foundation

extension Descriptor {
  /// The descriptor format for this descriptor: `shape`, with the members that do not apply excluded. They
  /// are refused if given, and have no defaults. Excluded are:
  ///
  /// 1. members that belong to other measured quantities than the descriptor's;
  /// 2. the axis of frame lengths, if the descriptor gives packet lengths.
  static func shape(suiting tree: JSONObject) -> Shape {
    guard let quantity = quantity(of: tree) else { return shape }
    let isByPacket = quantity == .packetCost && tree.member("packet_bytes", of: "sweep") != nil
    return shape.excluding { path, field in
      if let condition = field.condition, !condition.quantities.contains(quantity) {
        return "belongs to measure.what \(condition.names); "
          + "with \"\(quantity.rawValue)\" \(condition.otherwise(quantity))"
      }
      if path == "sweep.frame_bytes", isByPacket {
        return "stands beside packet_bytes; lengths are given by one of the two"
      }
      return nil
    }
  }

  /// The measured quantity; nil if it is invalid, which the check against the shape refuses.
  private static func quantity(of tree: JSONObject) -> MeasuredQuantity? {
    guard let what = tree.member("what", of: "measure") else { return .standard }
    guard case .string(let word) = what else { return nil }
    return MeasuredQuantity(rawValue: word)
  }
}

extension JSONObject {
  /// A member of a member, in a tree that was not checked yet.
  func member(_ key: String, of outer: String) -> JSONValue? {
    guard case .object(let object)? = self[outer] else { return nil }
    return object[key]
  }
}
