/// A step of a packet's way through a gateway, as result files name it.
///
/// ```
/// run to completion                  seal                          open
/// pipeline, with I/O threads         receive → number → encrypt    steer → decrypt → transmit
/// pipeline, without I/O threads      receive-number → encrypt      steer → decrypt-transmit
/// in order                           receive-number → encrypt      dispatch → decrypt → release
///                                    → release-sealed
/// ```
public enum StageKind: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// The whole of sealing, red port to black port: VPE and single-threaded ESP.
  case seal
  /// The whole of opening, black port to red port.
  case open
  /// Red port to the numbering thread's ring.
  case receive
  /// Ring to the encryption stages' rings: a sequence number for each packet. One thread only.
  case number
  /// `receive` and `number` in one: red port to the encryption stages' rings.
  case receiveNumber = "receive-number"
  /// Ring to black port.
  case encrypt
  /// Black port to the decryption stages' rings, by ESP sequence number. One thread in the paper's shape.
  case steer
  /// Ring to the transmit threads' rings.
  case decrypt
  /// Ring to red port.
  case decryptTransmit = "decrypt-transmit"
  /// Ring to red port, already decrypted.
  case transmit
  /// Where order is kept: encrypted packets to the black port, in the order of their numbers. One thread
  /// only.
  case releaseSealed = "release-sealed"
  /// Where order is kept: black port to the order queue. One thread only.
  case dispatch
  /// Where order is kept: decrypted packets to the red port, in the order in which they came, each marked as
  /// seen. One thread only.
  case release

  /// The stages of a pipeline, which an assignment places on threads.
  public static let ofPipelines: [StageKind] = [
    .receive, .number, .receiveNumber, .encrypt, .steer, .decrypt, .decryptTransmit, .transmit,
  ]

  /// The way of a packet through a gateway.
  public enum Direction: String, CaseIterable, Codable, Sendable {
    /// Red to black: encrypt.
    case seal
    /// Black to red: authenticate, decrypt, check replay.
    case open
  }

  /// The direction that the stage belongs to.
  public var direction: Direction {
    switch self {
    case .seal, .receive, .number, .receiveNumber, .encrypt, .releaseSealed: .seal
    case .open, .steer, .decrypt, .decryptTransmit, .transmit, .dispatch, .release: .open
    }
  }
}
