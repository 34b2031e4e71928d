import Wire

/// The format of Wireshark: blocks, in sections that may have byte orders and interfaces of their own.
struct PCAPNGFile {
  /// What the packets of an interface have in common.
  private struct Interface {
    let linkType: LinkType
    /// Bytes of a frame that are captured; 0 is no limit.
    let snapshotBytes: Int
    /// nil where the resolution is finer than 64 bits can tell.
    var ticksPerSecond: UInt64? = 1_000_000
    var offsetSeconds: Int64 = 0

    func nanoseconds(high: UInt32, low: UInt32) -> Int64? {
      guard let ticksPerSecond else { return nil }
      let (seconds, rest) = (UInt64(high) << 32 | UInt64(low)).quotientAndRemainder(
        dividingBy: ticksPerSecond)
      let part = ticksPerSecond.dividingFullWidth(rest.multipliedFullWidth(by: 1_000_000_000)).quotient
      let whole = Int64(truncatingIfNeeded: seconds) &+ offsetSeconds
      return whole &* 1_000_000_000 &+ Int64(truncatingIfNeeded: part)
    }
  }

  private static let sectionType: UInt32 = 0x0A0D_0D0A
  /// The longest block that is read, as for libpcap and Wireshark.
  private static let most = 1 << 24
  private var order = ByteOrder(isSwapped: false)
  private var interfaces: [Interface] = []

  /// nil where the file is no such one.
  /// - Throws: `ByteStream.Failure`.
  init?(_ stream: ByteStream) throws {
    guard try stream.peek(4)?.loadUnaligned(as: UInt32.self) == Self.sectionType else { return nil }
    try readOrder(stream)
  }

  /// The next frame; nil at the end.
  mutating func next(_ stream: ByteStream) throws -> CaptureReader.Frame? {
    while try !stream.isAtEnd() {
      guard let head = try stream.peek(8) else { throw Self.ends }
      let type: UInt32 = order.load(head, 0)
      if type == Self.sectionType { try readOrder(stream) }
      guard let count = try stream.peek(8).map({ order.count($0, 4) }) else { throw Self.ends }
      guard count >= 12, count % 4 == 0, count <= Self.most else {
        throw Self.damaged("a block of \(count) bytes cannot be")
      }
      if count > ByteStream.room {
        // Comments, names, keys: whatever a packet is, its block is shorter.
        guard ![Self.sectionType, 1, 2, 3, 6].contains(type) else {
          throw Self.damaged("a block of \(count) bytes is too long for its type, \(type)")
        }
        guard try stream.skip(count) else { throw Self.ends }
        continue
      }
      guard let block = try stream.take(count) else { throw Self.ends }
      guard order.count(block, count - 4) == count else {
        throw Self.damaged("the two lengths of a block differ")
      }
      let body = UnsafeRawBufferPointer(start: block + 8, count: count - 12)
      switch type {
      case Self.sectionType: try beginSection(body)
      case 1: try addInterface(body)
      case 2: return try packet(body, interface: Int(order.load(block, 8, as: UInt16.self)))
      case 3: return try simplePacket(body)
      case 6: return try packet(body, interface: order.count(block, 8))
      default: break
      }
    }
    return nil
  }

  private static let ends = ByteStream.Failure(reason: "it ends within a block")

  private static func damaged(_ how: String) -> ByteStream.Failure {
    ByteStream.Failure(reason: "it is damaged: \(how)")
  }

  // MARK: - Blocks

  /// Looks ahead for a section's byte order, without which its length cannot be read.
  private mutating func readOrder(_ stream: ByteStream) throws {
    guard let magic = try stream.peek(12)?.loadUnaligned(fromByteOffset: 8, as: UInt32.self) else {
      throw Self.ends
    }
    guard magic == 0x1A2B_3C4D || magic.byteSwapped == 0x1A2B_3C4D else {
      throw Self.damaged("a section without byte order")
    }
    order = ByteOrder(isSwapped: magic != 0x1A2B_3C4D)
  }

  private mutating func beginSection(_ body: UnsafeRawBufferPointer) throws {
    guard let at = body.baseAddress, body.count >= 16 else { throw Self.damaged("a short section header") }
    let version: UInt16 = order.load(at, 4)
    guard version == 1 else {
      throw ByteStream.Failure(reason: "it has version \(version) of pcapng, not 1")
    }
    interfaces.removeAll(keepingCapacity: true)
  }

  private mutating func addInterface(_ body: UnsafeRawBufferPointer) throws {
    guard let at = body.baseAddress, body.count >= 8 else { throw Self.damaged("a short interface") }
    var interface = Interface(
      linkType: LinkType(rawValue: order.load(at, 0)), snapshotBytes: order.count(at, 4))
    var offset = 8
    while offset + 4 <= body.count {
      let (code, count): (UInt16, UInt16) = (order.load(at, offset), order.load(at, offset + 2))
      let value = offset + 4
      guard code != 0 else { break }
      guard value + Int(count) <= body.count else { throw Self.damaged("an option that is too long") }
      if code == 9, count == 1 {
        interface.ticksPerSecond = Self.ticksPerSecond(at.load(fromByteOffset: value, as: UInt8.self))
      } else if code == 14, count == 8 {
        interface.offsetSeconds = order.load(at, value)
      }
      offset = value + (Int(count) + 3) & ~3
    }
    interfaces.append(interface)
  }

  /// The option `if_tsresol`: a negative power of 10, or of 2.
  private static func ticksPerSecond(_ resolution: UInt8) -> UInt64? {
    let power = resolution & 0x7F
    if resolution & 0x80 != 0 { return power < 64 ? 1 << UInt64(power) : nil }
    return power < 20 ? (0..<power).reduce(1) { ticks, _ in ticks * 10 } : nil
  }

  /// An Enhanced Packet Block, or the older Packet Block, which differs in its first four bytes alone.
  private func packet(_ body: UnsafeRawBufferPointer, interface: Int) throws -> CaptureReader.Frame {
    guard let at = body.baseAddress, body.count >= 20 else { throw Self.damaged("a short packet block") }
    let captured = order.count(at, 12)
    guard captured <= body.count - 20, captured <= CaptureReader.most else {
      throw Self.damaged("a packet of \(captured) bytes in a block of \(body.count + 12)")
    }
    let from = try self.interface(interface)
    return CaptureReader.Frame(
      from.linkType, nanoseconds: from.nanoseconds(high: order.load(at, 4), low: order.load(at, 8)),
      bytes: UnsafeRawBufferPointer(start: at + 20, count: captured), wireCount: order.count(at, 16))
  }

  /// A Simple Packet Block: of the first interface, without a time.
  private func simplePacket(_ body: UnsafeRawBufferPointer) throws -> CaptureReader.Frame {
    guard let at = body.baseAddress, body.count >= 4 else { throw Self.damaged("a short packet block") }
    let from = try interface(0)
    let whole = order.count(at, 0)
    let captured = min(whole, from.snapshotBytes == 0 ? whole : from.snapshotBytes)
    guard captured <= body.count - 4, captured <= CaptureReader.most else {
      throw Self.damaged("a packet of \(captured) bytes in a block of \(body.count + 12)")
    }
    return CaptureReader.Frame(
      from.linkType, nanoseconds: nil, bytes: UnsafeRawBufferPointer(start: at + 4, count: captured),
      wireCount: whole)
  }

  private func interface(_ number: Int) throws -> Interface {
    guard number < interfaces.count else {
      throw Self.damaged("a packet of interface \(number), which is not described")
    }
    return interfaces[number]
  }
}
