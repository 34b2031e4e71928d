import Foundation

/// Arguments of DPDK devices (`net_memif0,role=client,socket=…`).
package enum DeviceArguments {
  /// memif's default.
  private static let standardSocket = "vpebench"

  /// The same device, with an abstract socket that nobody else knows the name of: any user could take one of
  /// a known name before, and two runs would meet in it. Sockets in the file system stay as they are.
  package static func withSecretSocket(_ devargs: String, _ secret: String) -> String {
    guard devargs.hasPrefix("net_memif") else { return devargs }
    var words = devargs.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if words.contains("socket-abstract=no") { return devargs }
    if let index = words.firstIndex(where: { $0.hasPrefix("socket=") }) {
      words[index] += "-\(secret)"
    } else {
      words.append("socket=\(standardSocket)-\(secret)")
    }
    return words.joined(separator: ",")
  }
}
