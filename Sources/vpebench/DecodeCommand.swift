import Experiments
import Foundation

let decodeCommand = Command(
  name: "decode",
  summary: "tell what the packets of a capture are",
  help: """
    Usage: vpebench decode FILE [--keys FILE]

    Reads a pcap or pcapng file of Ethernet or IP packets and prints a line for each: its number, seconds
    since the first, addresses, format and sequence number, and, where its key is known, whether it is
    authentic, what a replay window says (new, replayed, too old), and the inner packet. ESP and VPE are
    looked for in IP protocol 50 and in UDP port 4500; the last line counts.

      --keys FILE        the associations whose keys are known, JSON5; a run that captures writes one
                         for its test keys, test-keys.json5, beside the capture

        {
          associations: [
            // salt: the 4 bytes before the IV in the nonce. esn (true) and last_sequence ("0"), the highest
            // number before the capture, may be left out.
            {format: "esp", spi: 0x1001000, aead: "aes-128-gcm", key: "00…", salt: "00000000"},
            // sender (1) and windows (65536) may be left out.
            {format: "vpe", spi: 0x1001000, sender: 1, aead: "chacha20-poly1305", key: "00…"},
          ],
          // These, and window_size (1024 packets) of an association, may be left out.
          vpe_protocol: 50,
          udp_ports: [4500],
        }

    Exit status 0 if all of the file could be read, whatever its packets are.
    """,
  options: [.value("--keys")]
) { arguments in
  guard arguments.operands.count == 1 else {
    throw Arguments.Failure(description: "decode needs one capture, not \(arguments.operands.count)")
  }
  try CaptureDecoding.run(
    path: arguments.operands[0], keysFile: arguments.last("--keys").map { URL(fileURLWithPath: $0) }
  ) { print($0) }
  return 0
}
