import Cases
import Foundation

/// The values that the paper states in one of its figures (`experiments/paper/`), for comparison with
/// measurements. If a descriptor names such a file, the file is checked more strictly before the run.
public struct PaperValues: Sendable, Equatable, Decodable {
  /// One value; properties that the paper does not state are nil.
  public struct Point: Sendable, Equatable, Decodable {
    /// The system's name, such as `esp-single`.
    public let system: String
    /// Frame size in bytes.
    public let frameBytes: Int?
    /// Threads of a gateway, both directions together.
    public let threads: Int?
    /// The value, in the unit of the figure.
    public let value: Double
    /// A note for readers.
    public let note: String?
    /// The optional member of the file.
    private let approximate: Bool?

    /// Whether the paper states the value as approximate.
    public var isApproximate: Bool { approximate ?? false }
  }

  /// The figure's number in the paper.
  public let figure: String
  /// Paper and section.
  public let source: String
  /// Unit of the values, for readers.
  public let unit: String
  /// The suite's name of the metric, such as `goodput_gbps`.
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

  /// The value at these coordinates; nil if the paper states none.
  public func value(_ system: System, frameBytes: Int? = nil, threads: Int? = nil) -> Double? {
    points.first { point in
      point.system == system.rawValue && (frameBytes == nil || point.frameBytes == frameBytes)
        && (threads == nil || point.threads == threads)
    }?.value
  }
}
