import Foundation

/// The frames of a pcapng file, read by hand.
package enum PCAPNG {
  /// Where the bytes of the frames of side `interface` lie in a file that this machine has written.
  package static func frames(_ file: [UInt8], interface: Int) -> [Range<Int>] {
    func word(_ offset: Int) -> Int { file[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
    var ranges: [Range<Int>] = []
    var offset = 0
    while offset + 12 <= file.count {
      let length = word(offset + 4)
      guard length >= 12, offset + length <= file.count else { break }
      // An Enhanced Packet Block: interface, time, captured length, length, bytes.
      if word(offset) == 6, word(offset + 8) == interface {
        let start = offset + 28
        ranges.append(start..<start + word(offset + 20))
      }
      offset += length
    }
    return ranges
  }
}
