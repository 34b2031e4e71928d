"""Writes captures for the tests of `vpebench decode` and of the Wireshark dissector, and the keys for them.

  make_captures.py mixed FOLDER            mixed.pcap, mixed.pcapng, keys.json5: one of each kind of packet
  make_captures.py numbers FOLDER          numbers.pcap, keys.json5: extended sequence numbers around 2^32
  make_captures.py fragments FOLDER        fragments.pcap, keys.json5: cut before they are sealed, and after
  make_captures.py vectors FOLDER FILE     vectors.pcap (raw IP), keys.json5: what vpe-vectors.json has

ESP is sealed by Scapy, VPE by the package `cryptography`; times are whole milliseconds.
"""

import json
import struct
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from scapy.config import conf
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw
from scapy.utils import PcapNgWriter, wrpcap

conf.logLevel = 40
conf.use_pcap = False

OUTER = IP(src="192.0.2.1", dst="192.0.2.2")
INNER = IP(src="198.18.0.1", dst="198.19.0.1") / UDP(sport=1024, dport=7) / Raw(bytes(18))
INNER6 = IPv6(src="2001:db8:1::1", dst="2001:db8:2::1") / TCP(sport=1024, dport=443)
PING = IP(src="198.18.0.1", dst="198.19.0.1") / ICMP()
SALT = bytes.fromhex("a1a2a3a4")
ESP_KEY, VPE_KEY = bytes(range(16)), bytes(range(32))


def esp(number, inner=INNER, esn=False, udp=None, outer=OUTER, spi=0x1001):
    """A packet that Scapy has sealed with AES-128-GCM, outer header included."""
    association = SecurityAssociation(
        ESP,
        spi=spi,
        crypt_algo="AES-GCM",
        crypt_key=ESP_KEY + SALT,
        tunnel_header=outer,
        nat_t_header=udp,
        esn_en=esn,
        esn=number >> 32,
    )
    association.seq_num = number & 0xFFFFFFFF
    return association.encrypt(inner.copy(), iv=number.to_bytes(8, "big"), esn_en=esn, esn=number >> 32)


def vpe(number, window=0, sender=1, inner=INNER, spi=0x2001):
    nonce = struct.pack("<HHQ", sender, window, number)
    sealed = ChaCha20Poly1305(VPE_KEY).encrypt(nonce, bytes(inner), None)
    return nonce + struct.pack("<I", spi) + sealed[-16:] + sealed[:-16]


def in_ip(packet):
    return IP(src=OUTER.src, dst=OUTER.dst, proto=50) / Raw(packet)


def changed(packet):
    """The packet with one bit of its last byte, of the ICV or the ciphertext, the other way."""
    data = bytearray(bytes(packet))
    data[-1] ^= 1
    return IP(bytes(data))


def padded_wrongly(number):
    """An authentic ESP packet whose pad bytes are not 1, 2, 3."""
    plain = bytes(INNER) + bytes([7, 7, 2, 4])
    spi, iv = struct.pack("!I", 0x1001), number.to_bytes(8, "big")
    return spi + iv[4:] + iv + AESGCM(ESP_KEY).encrypt(SALT + iv, plain, spi + iv[4:])


def mixed():
    natt = UDP(sport=4500, dport=4500)
    packets = [
        esp(1), esp(2), esp(2), esp(100), esp(3), changed(esp(101)), esp(101, INNER6),
        esp(102, PING, udp=natt), esp(103, spi=0x9999), in_ip(padded_wrongly(104)),
        IPv6(src="2001:db8::1", dst="2001:db8::2", nh=50) / Raw(bytes(esp(105)[ESP])),
        in_ip(vpe(1)), in_ip(vpe(1, window=1)), in_ip(vpe(1)), in_ip(vpe(5000)), in_ip(vpe(4900)),
        in_ip(vpe(1, window=9)), changed(in_ip(vpe(5001))), in_ip(vpe(1, sender=2)),
        OUTER / natt / Raw(vpe(2, window=1, inner=INNER6)), in_ip(vpe(3, window=1)[:31]), in_ip(b"short"),
        OUTER / natt / Raw(b"\xff"), OUTER / natt / Raw(bytes(4) + bytes(range(30))),
        OUTER / UDP(sport=53, dport=53) / Raw(b"question"), OUTER / INNER, OUTER / ICMP(),
        IP(src="192.0.2.1", dst="192.0.2.2", flags="MF", proto=50) / Raw(bytes(64)),
        IP(src="192.0.2.1", dst="192.0.2.2", proto=50, len=900) / Raw(bytes(64)),
    ]  # fmt: skip
    frames = [Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / packet for packet in packets]
    frames[1] = Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / Dot1Q(vlan=7) / packets[1]
    frames.append(Ether(src="02:00:00:00:00:03", dst="ff:ff:ff:ff:ff:ff") / ARP(pdst="192.0.2.2"))
    frames.append(Ether(bytes(frames[0])[:20]))
    # Captured in part: the whole frame was longer.
    frames.append(Ether(bytes(Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / esp(106))[:60]))
    frames[-1].wirelen = 114
    return frames


def fragments():
    """A packet in two pieces, each sealed on its own; then sealed whole, and the outer one in two."""
    long = IP(src="198.18.0.1", dst="198.19.0.1", id=7) / UDP(sport=1024, dport=7) / Raw(bytes(1472))
    long = IP(bytes(long))
    pieces = [IP(bytes(piece)) for piece in fragment(long, 1424)]
    packets = [esp(number, piece) for number, piece in enumerate(pieces, 1)]
    packets += [in_ip(vpe(number, inner=piece)) for number, piece in enumerate(pieces, 1)]
    for whole in (esp(3, long), in_ip(vpe(3, inner=long))):
        whole.id = len(packets)
        packets += fragment(IP(bytes(whole)), 1480)
    return [Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / packet for packet in packets]


def keys(*associations):
    return json.dumps({"associations": list(associations)}, indent=2) + "\n"


ESP_KEYS = {"format": "esp", "spi": 0x1001, "aead": "aes-128-gcm", "key": ESP_KEY.hex(), "salt": SALT.hex()}
VPE_KEYS = {"format": "vpe", "spi": 0x2001, "aead": "chacha20-poly1305", "key": VPE_KEY.hex(), "windows": 4}


def main():
    folder = Path(sys.argv[2])
    if sys.argv[1] == "mixed":
        frames = mixed()
        for number, frame in enumerate(frames):
            frame.time = 1000 + number / 1000
        wrpcap(str(folder / "mixed.pcap"), frames, nano=True)
        writer = PcapNgWriter(str(folder / "mixed.pcapng"))
        for frame in frames:
            writer.write(frame)
        writer.close()
        both = keys(ESP_KEYS | {"esn": False, "window_size": 64}, VPE_KEYS | {"window_size": 64})
        (folder / "keys.json5").write_text(both)
    elif sys.argv[1] == "fragments":
        wrpcap(str(folder / "fragments.pcap"), fragments())
        (folder / "keys.json5").write_text(keys(ESP_KEYS | {"esn": False}, VPE_KEYS))
    elif sys.argv[1] == "numbers":
        numbers = [2**32 - 2, 2**32 + 1, 2**32 - 1, 2**32, 2**32 - 1, 2**33 - 1]
        ends = Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04")
        frames = [ends / esp(number, esn=True) for number in numbers]
        wrpcap(str(folder / "numbers.pcap"), frames)
        (folder / "keys.json5").write_text(keys(ESP_KEYS | {"last_sequence": str(2**32 - 3)}))
    else:
        vectors = json.loads(Path(sys.argv[3]).read_text())["vectors"]
        packets = [IP(bytes.fromhex(vector["outer"])) for vector in vectors]
        wrpcap(str(folder / "vectors.pcap"), packets, linktype=101)
        associations = [
            {"format": "vpe"} | {name: vector[name] for name in ("spi", "aead", "key")}
            | {"sender": int.from_bytes(bytes.fromhex(vector["packet"][:4]), "little")}
            for vector in vectors
        ]  # fmt: skip
        text = json.dumps({"associations": associations, "udp_ports": [4500, 50000]}, indent=2)
        (folder / "keys.json5").write_text(text + "\n")


main()
