import Cases
import Foundation

extension Descriptor {
  /// Whether the black link impairs, delays or adds packets in any case. If so, all cases have the thread
  /// that does it.
  package var isImpaired: Bool { isAttacked || isDelayed || impairment != Impairment() }

  /// Whether the black link delays packets in any case.
  package var isDelayed: Bool { sweep[.latePackets] != [0] }

  /// Whether an attacker adds packets in any case.
  package var isAttacked: Bool { sweep[.replayedPercent] != [0] || sweep[.forgedPercent] != [0] }
}

extension Impairment {
  package init(_ tree: CheckedTree) {
    self.init(lossRatio: tree["loss_ratio"].double, shuffleFrames: tree["shuffle_frames"].int)
  }
}

extension Fault {
  package init(_ tree: CheckedTree) {
    self.init(end: tree["at"].choice(), kind: tree["kind"].choice(), frame: UInt64(tree["frame"].int))
  }
}

extension Descriptor.Ports {
  package init(_ tree: CheckedTree) {
    func gateway(_ key: String) -> Gateway {
      Gateway(red: tree[key]["red"].text, black: tree[key]["black"].text)
    }
    generator = tree["generator"]["devargs"].text
    gatewayA = gateway("gateway-a")
    gatewayB = gateway("gateway-b")
    reflector = tree["reflector"]["devargs"].text
  }
  /// The ports as members of a descriptor.
  var tree: JSONValue {
    func gateway(_ ports: Gateway) -> JSONValue {
      ["red": .string(ports.red), "black": .string(ports.black)]
    }
    return [
      "generator": ["devargs": .string(generator)], "gateway-a": gateway(gatewayA),
      "gateway-b": gateway(gatewayB), "reflector": ["devargs": .string(reflector)],
    ]
  }
}
