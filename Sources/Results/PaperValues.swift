import Cases
import Foundation

/// What the paper states about one of its figures (`experiments/paper/`), kept as data to set measurements
/// beside it. A descriptor that names such a file has it checked more strictly before it runs.
public struct PaperValues: Sendable, Equatable, Decodable {
  /// One stated value; what the paper does not state is nil.
  public struct Point: Sendable, Equatable, Decodable {
    /// Packet format and threading model.
    public let system: String
    /// Frame size in bytes.
    public let frameBytes: Int?
    /// Threads of a gateway, both directions together.
    public let threads: Int?
    /// In the unit of the figure.
    public let value: Double
    /// A note for readers.
    public let note: String?
    /// The member of the file, which may be missing.
    private let approximate: Bool?

    /// Whether the paper itself gives the value as approximate.
    public var isApproximate: Bool { approximate ?? false }
  }

  /// The figure's number in the paper.
  public let figure: String
  /// Paper and section.
  public let source: String
  /// Unit of the values, for people.
  public let unit: String
  /// The suite's own name of what the values are, such as `goodput_gbps`.
  public let metric: String
  /// A note for readers.
  public let note: String?
  /// The values, in the order of the file.
  public let points: [Point]

  /// Reads a file of `experiments/paper/`.
  /// - Throws: `ResultsError.plot`.
  public init(_ data: Data, path: String) throws(ResultsError) {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      self = try decoder.decode(PaperValues.self, from: data)
    } catch {
      throw .plot(.badPaper(path: path, reason: JSONProblem.sentence(error)))
    }
  }

  /// The value at these coordinates; nil if the paper does not state it.
  public func value(_ system: System, frameBytes: Int? = nil, threads: Int? = nil) -> Double? {
    points.first { point in
      point.system == system.rawValue && (frameBytes == nil || point.frameBytes == frameBytes)
        && (threads == nil || point.threads == threads)
    }?.value
  }
}
