import Cases
import Foundation

extension Descriptor {
  /// The descriptor format as this descriptor may use it: `shape` without members that do not apply, so that
  /// these are refused if given, and not filled in otherwise.
  ///
  /// 1. Members that belong to another measurement than the descriptor's.
  /// 2. One of the two axes of length where the other is given.
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

  /// The measured quantity; nil if it is invalid, which the check of the shape refuses.
  private static func quantity(of tree: JSONObject) -> MeasuredQuantity? {
    guard let what = tree.member("what", of: "measure") else { return .standard }
    guard case .string(let word) = what else { return nil }
    return MeasuredQuantity(rawValue: word)
  }
}

extension JSONObject {
  /// A member of a member, of a tree that is not checked yet.
  func member(_ key: String, of outer: String) -> JSONValue? {
    guard case .object(let object)? = self[outer] else { return nil }
    return object[key]
  }
}
