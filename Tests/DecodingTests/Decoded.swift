import Decoding
import Foundation

/// What `vpebench decode` prints of a file, and the error that came after.
func decoded(_ file: URL, keys: URL? = nil) -> (lines: [String], error: String?) {
  var text: [UInt8] = []
  var failure: String?
  do {
    try CaptureDecoding.run(path: file.path, keysFile: keys) { text += $0 }
  } catch {
    failure = "\(error)"
  }
  return (String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init), failure)
}

/// A line without the packet's number and time.
func withoutTime(_ line: String) -> String {
  line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? ""
}
