import Basics

/// The packets that one thread has received from its queues of a gateway's port.
public struct QueueRecord: Codable, Sendable, Equatable {
  /// The link end of the port, such as `gateway-a.black`.
  public var end: String
  /// The thread's number in its role, from 0.
  public var thread: Int
  /// The thread's queues of the port, in ascending order.
  public var queues: [Int]
  /// Number of packets received from these queues in the whole sample.
  public var received: UInt64
  /// The mechanism that steers packets to the port's queues.
  public var ledBy: String

  /// Makes a record from its parts.
  public init(end: String, thread: Int, queues: [Int], received: UInt64, ledBy: String) {
    (self.end, self.thread, self.queues) = (end, thread, queues)
    (self.received, self.ledBy) = (received, ledBy)
  }
}

/// A thread's queues in one sample, and their share of the port's packets.
private struct QueueRow {
  let sample: SampleRecord
  let record: QueueRecord
  let share: Double?

  static func rows(_ sample: SampleRecord) -> [QueueRow] {
    (sample.queues ?? []).map { record in
      let all = (sample.queues ?? []).filter { $0.end == record.end }.reduce(0.0) { $0 + Double($1.received) }
      return QueueRow(sample: sample, record: record, share: all > 0 ? Double(record.received) / all : nil)
    }
  }
}

extension Schemas {
  /// The table `queues`: a row per sample and per thread of a gateway that receives from a port. Invalid
  /// samples are included.
  public static func queues(_ samples: [SampleRecord]) -> Table {
    let fields: [Field<QueueRow>] =
      caseFields(\.sample.coordinates, \.sample.basis) + [
        Field("sample", "The repetition, from 0.", \.sample.sample),
        Field("valid", "Whether nothing was wrong with the sample.", \.sample.valid),
        Field("end", "End of a link that the port is at.", \.record.end),
        Field("thread", "Dataplane thread within the role, from 0.", \.record.thread),
        Field("queues", "The port's queues that are this thread's, joined by +.") {
          $0.record.queues.map(String.init).joined(separator: "+")
        },
        Field(
          "led_by",
          "What leads packets to the port's queues: rules-F, a rule for each value of the field F (spi, "
            + "sequence, bytes, udp-source); hash-F, a hash of F (addresses, esp-spi, udp-source); software, "
            + "a stage behind the port; driver, whatever the driver does; none, where one thread has all.",
          \.record.ledBy),
        Field(
          "received", unit: "packet", "Packets received from these queues, warm-up and drain included.",
          \.record.received),
        Field("share_ratio", unit: "1", "Their share of all that the port received.", \.share),
      ]
      + axisFields(in: samples, \.sample.coordinates)
    return Table(
      name: "queues", title: "What each thread received from the queues of gateways' ports", fields: fields,
      sources: samples.flatMap(QueueRow.rows))
  }
}
