import Crypto
import Tunnel
import Wire

/// An association at work: what a receiver would hold, made when its first packet comes.
protocol OpenAssociation: AnyObject {
  /// Bytes before what is encrypted.
  var headerBytes: Int { get }
  /// What the header of a packet that is long enough says, in words.
  func header(_ packet: UnsafeRawBufferPointer) -> String
  /// Opens a packet in place.
  func open(_ packet: UnsafeMutableRawBufferPointer) -> Opened
}

/// A key that lives as long as what is opened with it.
private struct HeldKey {
  private let key: AEADKey
  private let scratch: AEADScratch
  let aead: AEAD

  init(_ known: KnownAssociation) throws {
    key = try AEADKey(known.algorithm, known.key)
    scratch = try AEADScratch()
    aead = AEAD(key, scratch: scratch)
  }
}

/// ESP with its window.
final class OpenESP: OpenAssociation {
  private let key: HeldKey
  private let association: ESPAssociation
  private var opener: ESPOpener

  init(_ known: KnownAssociation, _ association: ESPAssociation, last: UInt64) throws {
    key = try HeldKey(known)
    self.association = association
    let window = ReplayWindow(size: known.windowSize, top: last)
    opener = ESPOpener(association, aead: key.aead, window: window)
  }

  deinit { opener.window.deallocate() }

  var headerBytes: Int { ESPLayout.headerBytes }

  func header(_ packet: UnsafeRawBufferPointer) -> String {
    let low: UInt32 = packet.baseAddress.unsafelyUnwrapped.loadBig(ESPLayout.sequenceOffset)
    let number = association.isExtended ? opener.window.extended(low: low) : UInt64(low)
    return "ESP \(hex(association.spi)) #\(number)"
  }

  func open(_ packet: UnsafeMutableRawBufferPointer) -> Opened {
    // A replay is shown with what is in it, and a forgery as one.
    opener.open(packet.baseAddress.unsafelyUnwrapped, count: packet.count, checksFirst: false)
  }
}

/// VPE with the windows of a sender, each made with its first authentic packet: there may be 65536.
final class OpenVPE: OpenAssociation {
  private let key: HeldKey
  private let association: VPEAssociation
  private let windowSize: Int
  private var windows: [UInt16: VPEWindows] = [:]

  init(_ known: KnownAssociation, _ association: VPEAssociation) throws {
    key = try HeldKey(known)
    self.association = association
    windowSize = known.windowSize
  }

  deinit { windows.values.forEach { $0.deallocate() } }

  var headerBytes: Int { VPELayout.headerBytes }

  func header(_ packet: UnsafeRawBufferPointer) -> String { HeaderWords.vpe(packet) }

  func open(_ packet: UnsafeMutableRawBufferPointer) -> Opened {
    let start = packet.baseAddress.unsafelyUnwrapped
    let id: UInt16 = start.loadLittle(VPELayout.windowOffset)
    guard Int(id) < association.windows else { return Opened(.unknownWindow, at: start) }
    let isKnown = windows[id] != nil
    let window = windows[id] ?? VPEWindows(count: Int(id) + 1, size: windowSize) { $0 == id }
    var opener = VPEOpener(association, aead: key.aead, windows: window)
    let opened = opener.open(start, count: packet.count, checksFirst: false)
    if opened.reason == .authentication || opened.reason == .tooShort {
      if !isKnown { window.deallocate() }
    } else {
      windows[id] = window
    }
    return opened
  }
}

/// Headers in words, without a key.
enum HeaderWords {
  /// As `ESP 0x01001000 #1`, with the low half of the number, which is all that is sent.
  static func esp(_ packet: UnsafeRawBufferPointer) -> String {
    let at = packet.baseAddress.unsafelyUnwrapped
    let low: UInt32 = at.loadBig(ESPLayout.sequenceOffset)
    return "ESP \(hex(at.loadBig(ESPLayout.spiOffset))) #\(low)"
  }

  /// As `VPE 0x01001000 sender 1 window 0 #1`.
  static func vpe(_ packet: UnsafeRawBufferPointer) -> String {
    let at = packet.baseAddress.unsafelyUnwrapped
    let sender: UInt16 = at.loadLittle(VPELayout.senderOffset)
    let window: UInt16 = at.loadLittle(VPELayout.windowOffset)
    let number: UInt64 = at.loadLittle(VPELayout.sequenceOffset)
    let spi: UInt32 = at.loadLittle(VPELayout.spiOffset)
    return "VPE \(hex(spi)) sender \(sender) window \(window) #\(number)"
  }
}
