import Statistics

/// Finds local minima and periods of a curve of costs, by tests with stated error rates instead of by eye.
///
/// 1. The points are put on a grid with a constant step (`CostGrid`). The value at each x is the metric's
///    usual estimate over the repetitions.
/// 2. Local minima of the curve itself are found by paired t tests against the neighbours
///    (`LocalMinimumSearch`).
/// 3. The trend is removed (`Detrending`).
/// 4. The residuals are folded by each candidate period (`PeriodFold`) and tested by random rotation of their
///    cycles (`RotationTest`). A rule decides which of the nested periods make up the structure
///    (`PeriodSearch`).
/// 5. If there is an expectation, a rule judges it (`PeriodExpectation.judge`).
///
/// The sample of steps 3 and 4 are the x of the grid, not the repetitions: more repetitions make each value
/// more exact, but only more cycles make a period more certain. Error rates hold for each curve. The same
/// curve and options always give the same analysis.
public enum Periodicity {
  /// The parameters of the analysis.
  public struct Options: Sendable, Equatable {
    /// Candidate periods in bytes. A candidate is left out unless it is a multiple of the step, at least
    /// twice the step, and fits three times into the range. The default is the powers of two up to two cache
    /// lines (which a prefetcher may fetch together). Longer periods would be those of the cipher's unrolled
    /// loop.
    public var periods: [Int] = [4, 8, 16, 32, 64, 128]
    /// The smallest share of the residuals' variance that a period must explain to be reported.
    public var shareMin = 0.05
    /// Random rotations of each test.
    public var permutations = 9_999

    /// The default options.
    public init() {}
  }

  /// The highest p value that counts as significant.
  static let level = 0.05

  /// A period is tested only if it fits into the range this many times.
  public static let cyclesMin = 3

  /// Analyses a curve.
  /// - Parameters:
  ///   - curve: the curve; points and repetitions may be missing.
  ///   - expectation: a claim about the curve to be judged; its period is tested along with the others.
  ///   - options: the parameters of the analysis.
  public static func analyse(
    _ curve: CostCurve, expecting expectation: PeriodExpectation? = nil, options: Options = Options()
  ) -> CurveAnalysis {
    var analysis = CurveAnalysis(label: curve.label)
    do throws(CurveProblem) {
      let grid = try CostGrid(curve)
      analysis.step = grid.step
      analysis.points = grid.repetitions.count { $0 != nil }
      analysis.repetitions = grid.repetitions.map { $0?.count { $0 != nil } ?? 0 }.max() ?? 0
      analysis.minima = LocalMinimumSearch.minima(of: grid)
      analysis.periods = try findings(of: grid, expectation, options)
    } catch {
      analysis.problem = error
    }
    analysis.judgement = expectation.map { $0.judge(analysis) }
    return analysis
  }

  private static func findings(
    of grid: CostGrid, _ expectation: PeriodExpectation?, _ options: Options
  ) throws(CurveProblem) -> [PeriodFinding] {
    let asked = Set(options.periods + (expectation.map { [$0.period] } ?? []))
    let phases = asked.filter { period in
      period >= 2 * grid.step && period % grid.step == 0
        && period / grid.step <= grid.count / cyclesMin
    }
    .map { $0 / grid.step }.sorted()
    guard let longest = phases.last else { throw .noPeriodFits }
    return PeriodSearch(options: options, grid: grid, residuals: residuals(of: grid, longest: longest))
      .findings(phases)
  }

  /// The residuals of the figures; zeros if only rounding errors distinguish the figures from a straight
  /// line.
  private static func residuals(of grid: CostGrid, longest: Int) -> [Double?] {
    let figures = grid.figures
    let residuals = Detrending.residuals(of: figures, period: longest)
    let scale = figures.compactMap { $0.map(abs) }.max() ?? 0
    let isFlat = residuals.allSatisfy { abs($0 ?? 0) <= 1e-9 * scale }
    return isFlat ? residuals.map { $0.map { _ in 0 } } : residuals
  }

  /// `x` modulo `period`; at least 0 for negative x, too.
  static func phase(of x: Int, period: Int) -> Int {
    let remainder = x % period
    return remainder < 0 ? remainder + period : remainder
  }
}

/// The results of the analysis of one curve.
public struct CurveAnalysis: Sendable, Equatable {
  /// The curve's metric and coordinates.
  public let label: CostCurve.Label
  /// Distance between neighbouring x in bytes; 0 if there is no grid.
  public internal(set) var step = 0
  /// Number of points with a value.
  public internal(set) var points = 0
  /// Number of repetitions of the point that has most.
  public internal(set) var repetitions = 0
  /// Its local minima.
  public internal(set) var minima = LocalMinima(found: [], tested: 0)
  /// Its candidate periods, in ascending order.
  public internal(set) var periods: [PeriodFinding] = []
  /// The verdict on the expectation; nil without an expectation.
  public internal(set) var judgement: PeriodJudgement?
  /// The reason why the curve, or its periods, could not be analysed; nil if there is none.
  public internal(set) var problem: CurveProblem?

  init(label: CostCurve.Label) { self.label = label }

  /// The smallest period that explains the structure; nil if there is none.
  public var base: PeriodFinding? { periods.first { $0.role == .base } }

  /// The base and the periods that add to it.
  public var structure: [PeriodFinding] { periods.filter { $0.role == .base || $0.role == .adds } }

  /// The smallest p value of all periods, adjusted for their number; nil if none was tested.
  public var smallestPValue: Double? { periods.map(\.pValue).min() }
}
