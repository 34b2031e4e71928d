import Cases
import Foundation
import Testing

/// Small captures that were once decoded wrongly, in the folder `Cases`: each with its keys and what its
/// packets are.
@Suite struct CaseTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    var keys = "keys"
    let lines: [String]
    let counts: String
    var testDescription: String { "\(file), \(keys)" }
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Cases")
  private static let udp = "IPv4 198.18.0.1:1024 > 198.19.0.1:7 UDP, 46 bytes"

  private static func esp(
    _ number: UInt64, _ rest: String = "authentic, new; \(udp)", ends: String = "192.0.2.1 > 192.0.2.2",
    spi: String = "0x00001001"
  ) -> String { "\(ends) ESP \(spi) #\(number): \(rest)" }

  /// The other direction of the link, within and without.
  private static func back(_ number: UInt64) -> String {
    let udp = "IPv4 198.19.0.1:1024 > 198.18.0.1:7 UDP, 46 bytes"
    return esp(number, "authentic, new; \(udp)", ends: "192.0.2.2 > 192.0.2.1")
  }

  private static let inUDP = "192.0.2.1:4500 > 192.0.2.2:4500 UDP"

  static let cases: [Case] =
    ["two-keys", "by-destination"].map { keys in
      Case(
        file: "01-two-keys.pcap", keys: keys,
        lines: [esp(1), back(1), esp(2), back(2)], counts: "4 packets: 4 new")
    } + [
      Case(
        file: "01-same-key.pcap", lines: [esp(1), back(1), esp(2), back(2)],
        counts: "4 packets: 4 new"),
      Case(
        file: "02-dummy.pcap", lines: [esp(1), esp(2, "authentic, new; a dummy packet"), esp(3)],
        counts: "3 packets: 3 new"),
      Case(
        file: "03-transport.pcap",
        lines: [
          esp(1, "authentic, new; transport mode, IPv4 192.0.2.1:1701 > 192.0.2.2:1701 UDP, 48 bytes"),
          esp(2, "authentic, new; transport mode, IPv4 192.0.2.1 > 192.0.2.2 ICMP, 36 bytes"),
        ], counts: "2 packets: 2 new"),
      Case(
        file: "04-fragments.pcap",
        lines: [
          esp(1, fragment("IPv4 198.18.0.1:1024 > 198.19.0.1:7", "0, more follow, 1396")),
          esp(2, fragment("IPv4 198.18.0.1 > 198.19.0.1", "1376, the last, 644")),
          esp(
            3,
            fragment(
              "IPv6 [2001:db8:1::1]:1024 > [2001:db8:2::1]:7 (extension headers)", "0, more follow, 1248")),
          esp(4),
        ], counts: "4 packets: 4 new"),
      Case(
        file: "05-ipip.pcap",
        lines: [
          "203.0.113.1 > 203.0.113.2 around \(esp(1))", "2001:db8::1 > 2001:db8::2 around \(esp(2))",
          "203.0.113.1 > 203.0.113.2 around \(esp(3, ends: inUDP))",
          "203.0.113.1 > 203.0.113.2 a tunnel that is not looked into: GRE",
          "203.0.113.1 > 203.0.113.2 without protection; \(udp)",
        ], counts: "5 packets: 3 new, 2 other"),
      Case(file: "07-snaplens.pcapng", lines: [esp(1), esp(2), esp(3)], counts: "3 packets: 3 new"),
      Case(file: "08-links.pcapng", lines: [esp(1), esp(2), esp(3)], counts: "3 packets: 3 new"),
      Case(
        file: "11-tags.pcap",
        lines: [
          esp(1), esp(2), esp(3), esp(4), "a frame with MPLS, which is not looked into", esp(6),
        ], counts: "6 packets: 5 new, 1 other"),
      Case(file: "12-plain.pcap", lines: [esp(1), esp(2)], counts: "2 packets: 2 new"),
      Case(file: "12-plain.pcap.gz", lines: [esp(1), esp(2)], counts: "2 packets: 2 new"),
    ] + cut + shortICV + numbers

  private static func fragment(_ ends: String, _ offset: String) -> String {
    "authentic, new; \(ends) a fragment of UDP at byte \(offset) bytes"
  }

  private static let cut: [Case] = [
    ("14-esp-30.pcap", "a frame cut off within its headers, 30 of 114 bytes captured"),
    ("14-esp-38.pcap", "192.0.2.1 > 192.0.2.2 cut off, 4 of 80 bytes captured"),
    ("14-udp-38.pcap", "a frame cut off within its headers, 38 of 122 bytes captured"),
    ("14-udp-42.pcap", "\(inUDP) cut off, 0 of 80 bytes captured"),
  ].map { Case(file: $0.0, lines: [$0.1], counts: "1 packet: 1 cut off") }

  private static let shortICV: [Case] = [8, 12].flatMap { count in
    let hint =
      "not authentic with an ICV of 16 bytes, but with one of \(count): "
      + "see icv_bytes in `vpebench decode --help`"
    return [
      Case(
        file: "15-icv-\(count).pcap", lines: [esp(1, hint), esp(2, hint)],
        counts: "2 packets: 2 not authentic"),
      Case(
        file: "15-icv-\(count).pcap", keys: "icv-\(count)", lines: [esp(1), esp(2)],
        counts: "2 packets: 2 new"),
    ]
  }

  private static let numbers: [Case] = [
    Case(file: "15-icv-16.pcap", lines: [esp(1), esp(2)], counts: "2 packets: 2 new"),
    Case(
      file: "17-top.pcap", keys: "top", lines: (UInt64.max - 2...(.max)).map { esp($0) },
      counts: "3 packets: 3 new"),
    // What lies below the window is no number 2^32 ahead.
    Case(
      file: "18-below-window.pcap",
      lines: [
        esp(5000), esp(5000, "authentic, replayed; \(udp)"), esp(10, "authentic, too old; \(udp)"), esp(3977),
        esp(3976, "authentic, too old; \(udp)"),
      ], counts: "5 packets: 2 new, 1 replayed, 2 too old"),
    Case(
      file: "17-middle.pcap",
      lines: [4_294_967_280, 4_294_967_295, 4_294_967_296, 4_294_967_297].map { esp($0) },
      counts: "4 packets: 4 new"),
  ]

  @Test(arguments: cases) func isDecodedRightly(_ known: Case) {
    let result = decoded(
      Self.folder.appendingPathComponent(known.file),
      keys: Self.folder.appendingPathComponent("\(known.keys).json5"))
    #expect(result.error == nil)
    #expect(result.lines.dropLast().map(withoutTime) == known.lines)
    #expect(result.lines.last == known.counts)
  }

  @Test func numbersOf32BitsEndThere() {
    let result = decoded(
      Self.folder.appendingPathComponent("17-plain32.pcap"),
      keys: Self.folder.appendingPathComponent("plain32-last.json5"))
    #expect(result.lines == [] && result.error?.contains("associations[0].last_sequence") == true)
  }
}
