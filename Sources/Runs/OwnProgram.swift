import Basics
import Crypto
import Foundation

/// The program that this process runs.
enum OwnProgram {
  /// Its SHA-256, hexadecimal; nil where its file cannot be read.
  static let sha256: String? = {
    // By the process: the file at the program's path may have been replaced since.
    let file = URL(fileURLWithPath: "/proc/self/exe")
    guard let library = try? CryptoLibrary.shared(),
      let program = try? Data(contentsOf: file, options: .alwaysMapped)
    else { return nil }
    return program.withUnsafeBytes { library.sha256($0) }?.hex()
  }()
}
