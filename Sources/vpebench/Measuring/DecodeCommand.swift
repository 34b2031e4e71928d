import Decoding
import Descriptors
import Foundation

let decodeCommand = Command(
  name: "decode",
  summary: "tell what the packets of a capture are",
  help: """
    Usage: vpebench decode FILE [--keys FILE]

    Reads a pcap or pcapng file (- is standard input), plain or compressed by gzip, in either byte order, also
    with interfaces of several kinds, and prints a line for each packet: its number, seconds since the first,
    addresses, format and sequence number, and, where its key is known, whether it is authentic, what a replay
    window says (new, replayed, too old), and the inner packet. ESP and VPE are looked for in IP protocol 50
    and in UDP port 4500, in IP or in IP in IP, behind VLAN tags, PPPoE, extension headers and AH (which is
    not checked). In transport mode the inner packet has the ends that are seen. Other tunnels and MPLS are
    named and not looked into. Outer fragments are put together where those of a packet are among 1024 in a
    row. NAT keepalives, and IKE behind the non-ESP marker, have names of their own. The last line counts.
    What is read from a pipe is shown as soon as it is there.

      --keys FILE        the associations whose keys are known, JSON5; a run that captures writes one
                         for its test keys, test-keys.json5, beside the capture

        {
          associations: [
            // salt: the 4 bytes before the IV in the nonce. These may be left out: esn (true), icv_bytes (16;
            // AES-GCM may have 8 or 12), last_sequence ("0"), the highest number before the capture.
            {format: "esp", spi: 0x1001000, aead: "aes-128-gcm", key: "00…", salt: "00000000"},
            // sender (1) and windows (65536) may be left out.
            {format: "vpe", spi: 0x1001000, sender: 1, aead: "chacha20-poly1305", key: "00…"},
            // esp-transport has what esp has, vpe-transport-a and vpe-transport-b what vpe has. Needing a
            // salt as well: esp-implicit-iv (and esn), esp-senders, esp-sender-windows, ladder-a to -e.
          ],
          // These, and window_size (1024 packets) of an association, may be left out.
          vpe_protocol: 50,
          udp_ports: [4500],
        }

    Each receiver chooses its SPIs, so an association is told by destination address and SPI: each receiver
    has a replay window of its own. Several keys may have the same SPI; they are tried in order, those with
    `destination: "192.0.2.1"` only on packets to that address.

    Not authentic is a packet that is forged or damaged, but also one of another key, salt, esn or icv_bytes,
    or one whose number's high half, which ESP does not send, cannot be inferred from 0: say last_sequence.

    Exit status 0 if all of the file could be read, whatever its packets are.
    """,
  options: [.value("--keys")]
) { arguments in
  guard arguments.operands.count == 1 else {
    throw Arguments.Failure(description: "decode needs one capture, not \(arguments.operands.count)")
  }
  try CaptureDecoding.run(
    path: arguments.operands[0], keysFile: arguments.last("--keys").map { URL(fileURLWithPath: $0) },
    output: Output.put)
  return 0
}
