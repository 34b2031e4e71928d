/// Why a packet did not go on. Each packet that fails is counted under exactly one of these.
///
/// The raw value is the index of its counter.
public enum DropReason: UInt8, CaseIterable, Sendable {
  /// It did not fail.
  case none = 0

  // On arrival.
  /// Shorter than the headers that it must carry.
  case tooShort
  /// Spread over several buffers, which no stage here handles.
  case segmented
  /// Neither IPv4 nor IPv6 by its Ethernet type.
  case notIP
  /// The outer IPv4 header is not one: version, header length, total length or checksum.
  case outerHeader
  /// The outer packet is a fragment (RFC 4303 section 3.4.1: reassembly comes before ESP).
  case fragment
  /// An outer fragment that is empty, reaches beyond the longest packet, or is not the last and no multiple
  /// of eight bytes long (RFC 791).
  case fragmentLength
  /// Outer fragments overlap, or come twice: all are dropped that there are of their packet.
  case fragmentOverlap
  /// An outer packet has more fragments than are kept of one: all of them are dropped.
  case tooManyFragments
  /// An outer fragment of yet another packet, where as many are waited for as may be.
  case tooManyDatagrams
  /// Outer fragments whose others have not come in time.
  case fragmentTimeout
  /// The outer packet is for another address, protocol or port.
  case notOurs
  /// A NAT keepalive: UDP around the single byte FF (RFC 3948 section 2.3). Whoever keeps a NAT's mapping
  /// open may send it at any time.
  case keepalive
  /// A message of IKE: UDP around four zero bytes and more (the non-ESP marker, RFC 3948 section 2.2).
  case ike

  // Finding its association and window.
  /// A field of the format's header has a value that the format does not allow.
  case formatHeader
  /// No security association protects packets to this destination.
  case noRoute
  /// No security association has this SPI.
  case unknownSPI
  /// No window has this Sender ID and Window ID (VPE).
  case unknownWindow
  /// A sender that has no window, where all windows are others' already.
  case tooManySenders
  /// The window belongs to another thread (VPE, paper section 4.1.3).
  case foreignWindow
  /// The association belongs to another thread (one child association for each, RFC 9611).
  case foreignSA

  // Authenticity and freshness.
  /// The integrity check value does not fit: forged or damaged.
  case authentication
  /// Its sequence number was seen before.
  case replayed
  /// Its sequence number lies before the replay window.
  case tooOld

  // The inner packet.
  /// ESP's padding is not 1, 2, 3, …, is longer than the packet, or does not end the ciphertext on a 4-byte
  /// boundary (RFC 4303 section 2.4).
  case padding
  /// ESP's next header is not an IP version (RFC 4303 section 2.6).
  case nextHeader
  /// A dummy packet for traffic-flow confidentiality, which the receiver discards (RFC 4303 section 2.6).
  case dummy
  /// The inner packet's version is neither 4 nor 6, or not the one announced.
  case innerVersion
  /// The inner packet's own length is less than its header or more than what arrived.
  case innerLength
  /// The inner packet's addresses are not among those that its association carries (RFC 4301 section 5.2).
  case selector
  /// The outer header says that congestion was met, and the inner packet's sender knows no ECN (RFC 6040
  /// section 4.2).
  case notECT
  /// Its time to live or hop limit does not allow another hop.
  case expired

  // Cutting it, where it is longer than the path allows.
  /// It must not be cut: Don't Fragment is set (RFC 791), or it is one of IPv6 that another host has sent
  /// (RFC 8200 section 5).
  case dontFragment
  /// It has options or extension headers, of which some belong into each piece: what has any is not cut here.
  case headerOptions
  /// There would be more pieces than are made.
  case tooManyPieces

  // Sending.
  /// Every sequence number has been used; the association must be renewed.
  case sequenceExhausted
  /// The buffer has no room for the headers or the trailer.
  case noRoom
  /// The link's queue was full.
  case queueFull

  // In the harness.
  /// Back at the generator, but not as it was sent.
  case damaged
  /// Back at the generator a second time.
  case duplicated
  /// At the generator or the reflector, but no frame of the running measurement.
  case foreignFrame
  /// Lost on purpose on the black link.
  case impaired

  /// How many counters are needed.
  public static let count = DropReason.allCases.count

  /// The name in result files: lower case, words joined by underscores.
  public var name: String {
    var text = ""
    var previous: Character = "_"
    for character in String(describing: self) {
      if character.isUppercase, previous.isLowercase { text += "_" }
      text += character.lowercased()
      previous = character
    }
    return text
  }

  /// Whether a queue or a buffer was full.
  public var isCongestion: Bool { self == .queueFull || self == .none }

  /// Whether an honest run may drop packets so: by congestion, or because they are no traffic.
  ///
  /// Every other reason means that a packet was damaged, doubled or misdirected on its way, and makes the
  /// case invalid.
  public var isHonest: Bool { isCongestion || self == .keepalive }
}
