import Foundation
import Results
import Roles

extension Descriptor {
  /// Whether the black link does anything to packets in any case: then what could do so is there in all.
  var isImpaired: Bool { isAttacked || impairment != .none }

  /// Whether an attacker adds packets in any case.
  var isAttacked: Bool { sweep.replayedPercent != [0] || sweep.forgedPercent != [0] }
}

extension Descriptor.Impairment {
  init(_ tree: CheckedTree) {
    lossRatio = tree["loss_ratio"].double
    shuffleFrames = tree["shuffle_frames"].int
  }
}

extension Descriptor.Fault {
  init(_ tree: CheckedTree) {
    at = tree["at"].choice()
    kind = tree["kind"].choice()
    frame = tree["frame"].int
  }
}

extension Descriptor.Ports {
  init(_ tree: CheckedTree) {
    func gateway(_ key: String) -> Gateway {
      Gateway(red: tree[key]["red"].text, black: tree[key]["black"].text)
    }
    generator = tree["generator"]["devargs"].text
    gatewayA = gateway("gateway-a")
    gatewayB = gateway("gateway-b")
    reflector = tree["reflector"]["devargs"].text
  }
}
