import Cases
import Foundation
import Roles

/// Arguments of DPDK devices (`net_memif0,role=client,socket=…`).
package enum DeviceArguments {
  /// The same device, with an abstract socket whose name only this run knows: any user could take a known
  /// name first, and two runs would share it. Sockets in the file system keep their names.
  package static func withSecretSocket(
    _ devargs: String, at port: Replica<LinkEnd>, _ secret: String
  ) -> String {
    guard devargs.hasPrefix("net_memif") else { return devargs }
    var words = devargs.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if words.contains("socket-abstract=no") { return devargs }
    if let index = words.firstIndex(where: { $0.hasPrefix("socket=") }) {
      words[index] += "-\(secret)"
    } else {
      // Both ends of a link, and no other ends, use this socket.
      let link = min(port.name, port.peer.name)
      words.append("socket=vpebench-\(link)-\(secret)")
    }
    return words.joined(separator: ",")
  }

  /// The same device with a number of queue pairs, if its driver needs one and the arguments name none.
  package static func withQueues(_ devargs: String, _ pairs: Int?) -> String {
    guard let pairs, devargs.hasPrefix("net_af_packet"), !devargs.contains(",qpairs=") else { return devargs }
    return devargs + ",qpairs=\(pairs)"
  }

  /// Whether a process can close the device and open it again: memif cannot, and NIC drivers are untested.
  package static func canBeReopened(_ devargs: String) -> Bool { devargs.hasPrefix("net_af_packet") }

  /// The device for roles that are started by hand: a socket that the descriptor names keeps its name;
  /// otherwise the name follows from the run ID, which all roles share.
  package static func withSocket(_ devargs: String, at port: Replica<LinkEnd>, of runID: RunID) -> String {
    devargs.split(separator: ",").contains { $0.hasPrefix("socket=") }
      ? devargs : withSecretSocket(devargs, at: port, "\(runID)")
  }
}
