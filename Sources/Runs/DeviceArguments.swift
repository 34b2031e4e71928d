import Cases
import Foundation
import Roles

/// Arguments of DPDK devices (`net_memif0,role=client,socket=…`).
package enum DeviceArguments {
  /// The same device, with an abstract socket that nobody else knows the name of: any user could take one of
  /// a known name before, and two runs would meet in it. Sockets in the file system stay as they are.
  package static func withSecretSocket(
    _ devargs: String, at port: Replica<LinkEnd>, _ secret: String
  ) -> String {
    guard devargs.hasPrefix("net_memif") else { return devargs }
    var words = devargs.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if words.contains("socket-abstract=no") { return devargs }
    if let index = words.firstIndex(where: { $0.hasPrefix("socket=") }) {
      words[index] += "-\(secret)"
    } else {
      // Both ends of a link meet in it, and those of no other.
      let link = min(port.name, port.peer.name)
      words.append("socket=vpebench-\(link)-\(secret)")
    }
    return words.joined(separator: ",")
  }

  /// The same device with a number of pairs of queues, where its driver wants to be told and is not.
  package static func withQueues(_ devargs: String, _ pairs: Int?) -> String {
    guard let pairs, devargs.hasPrefix("net_af_packet"), !devargs.contains(",qpairs=") else { return devargs }
    return devargs + ",qpairs=\(pairs)"
  }

  /// Whether a process can give the device back and open it anew: memif cannot, and of NICs' drivers nobody
  /// has tried.
  package static func canBeReopened(_ devargs: String) -> Bool { devargs.hasPrefix("net_af_packet") }

  /// The same for roles that are started by hand and must find each other: a socket that the descriptor names
  /// keeps its name, and one that it does not name is called by what all of them share.
  package static func withSocket(_ devargs: String, at port: Replica<LinkEnd>, of runID: RunID) -> String {
    devargs.split(separator: ",").contains { $0.hasPrefix("socket=") }
      ? devargs : withSecretSocket(devargs, at: port, "\(runID)")
  }
}
