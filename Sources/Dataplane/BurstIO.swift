import Wire

/// The source of a stage's bursts: a queue of a port, a ring, or several of them in turn.
///
/// A trivial struct; `deallocate()` frees the memory that the input allocated itself, not what it points to.
public protocol BurstInput {
  /// Takes up to `Burst.capacity` packets; returns how many.
  mutating func receive(_ burst: Burst) -> Int
  /// Gives memory back; the input must not be used again.
  func deallocate()
}

/// The destination of a stage's bursts.
public protocol BurstOutput {
  /// Puts the first `count` packets; returns how many found room. The rest stay the caller's.
  func transmit(_ burst: Burst, count: Int) -> Int
}

extension PortQueue: BurstInput, BurstOutput {
  /// A queue has no memory of its own.
  @inline(__always)
  public func deallocate() {}
}

/// Polls several inputs of a kind in turn. An input that yields a whole burst is polled again, so that an
/// input with more traffic than others does not fill up, but only a limited number of times, so that none
/// starves.
public struct RoundRobin<Input: BurstInput>: BurstInput {
  /// The most bursts taken from one input before the next one's turn.
  public static var burstsMax: Int { 16 }

  private let inputs: UnsafeMutablePointer<Input>
  private let count: Int
  private var current = 0
  private var bursts = 0

  /// Takes from each of `inputs`, at least one.
  public init(_ inputs: [Input]) {
    precondition(!inputs.isEmpty, "a stage needs an input")
    count = inputs.count
    self.inputs = .allocateLines(inputs.count)
    self.inputs.initialize(from: inputs, count: inputs.count)
  }

  /// Takes a burst from the input whose turn it is.
  @inline(__always)
  public mutating func receive(_ burst: Burst) -> Int {
    let received = inputs[current].receive(burst)
    bursts &+= 1
    if received < Burst.capacity || bursts == Self.burstsMax {
      bursts = 0
      current = current &+ 1 < count ? current &+ 1 : 0
    }
    return received
  }

  /// Gives the inputs' memory back.
  public func deallocate() {
    for index in 0..<count { inputs[index].deallocate() }
    inputs.deallocate()
  }
}

/// Several outputs of a kind, which get bursts in turn. Plain memory without an owner: call
/// `deallocate()` once.
public struct Turns<Output: BurstOutput>: BurstOutput {
  private let outputs: Fan<Output>
  private let next: UnsafeMutablePointer<Int>

  /// Puts into each of `outputs`, at least one.
  public init(_ outputs: [Output]) {
    precondition(!outputs.isEmpty, "a stage needs an output")
    self.outputs = Fan(outputs)
    next = .allocateLines(1)
    next.initialize(to: 0)
  }

  /// Puts a burst into the output whose turn it is.
  @inline(__always)
  public func transmit(_ burst: Burst, count: Int) -> Int {
    let index = next.pointee
    next.pointee = index &+ 1 < outputs.count ? index &+ 1 : 0
    return outputs[index].transmit(burst, count: count)
  }

  /// Gives the memory back.
  public func deallocate() {
    outputs.deallocate()
    next.deallocate()
  }
}

/// Outputs of a kind, one for each target of a stage that distributes packets.
public struct Fan<Output> {
  @usableFromInline let outputs: UnsafeMutablePointer<Output>
  /// How many there are.
  public let count: Int

  /// A fan over `outputs`.
  public init(_ outputs: [Output]) {
    count = outputs.count
    self.outputs = .allocateLines(outputs.count)
    self.outputs.initialize(from: outputs, count: outputs.count)
  }

  /// The output of a target below `count`.
  @inlinable @inline(__always)
  public subscript(target: Int) -> Output { outputs[target] }

  /// Gives the memory back.
  public func deallocate() { outputs.deallocate() }
}
