"""Takes captures of the black link apart with Scapy, which others wrote: outer IPv4 or IPv6, UDP, ESP, and
the inner packet with its checksums. VPE, which Scapy does not know, is opened between the two by the package
`cryptography`.

Reads a JSON object a line: "file", a pcapng file; "model", "aead"; "sides", for each of the capture's sides
by name "key", "salt" and "spi". Answers each with a JSON object: for every kind of frame, as words, how many
there are. Words are the outer version, its protocol, UDP ports if any, the inner version, and "right", or
what is wrong.
"""

import json
import sys
from collections import Counter

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgReader

conf.logLevel = 40


def of_version(packet):
    return {4: IP, 6: IPv6}[packet[0] >> 4](packet)


def open_esp(outer, payload, question, side):
    """Scapy does the whole of it. Extended numbers are below 2^32 here, and the IV is the number."""
    cipher = "CHACHA20-POLY1305" if question["aead"].startswith("chacha") else "AES-GCM"
    esn = {"esn_en": True, "esn": 0}
    association = SecurityAssociation(
        ESP,
        spi=side["spi"],
        crypt_algo=cipher,
        crypt_key=bytes.fromhex(side["key"]) + side["salt"].to_bytes(4, "big"),
        tunnel_header=type(outer)(src=outer.src, dst=outer.dst),
        nat_t_header=UDP(sport=outer[UDP].sport, dport=outer[UDP].dport) if UDP in outer else None,
        **esn,
    )
    return bytes(association.decrypt(of_version(bytes(outer)), verify=True, **esn))


def open_vpe(outer, payload, question, side):
    """Paper, Figure 3."""
    make = ChaCha20Poly1305 if question["aead"].startswith("chacha") else AESGCM
    if int.from_bytes(payload[12:16], "little") != side["spi"]:
        raise ValueError("SPI")
    return make(bytes.fromhex(side["key"])).decrypt(payload[:12], payload[32:] + payload[16:32], None)


def open_bare(outer, payload, question, side):
    return payload


OPEN = {"esp-single": open_esp, "vpe": open_vpe, "baseline": open_bare}


def rebuilt(inner):
    """The inner packet with lengths and checksums as Scapy computes them."""
    packet = of_version(inner)
    for layer in (packet, packet[UDP]):
        for field in ("len", "plen", "chksum"):
            # In IPv4, UDP need not have a checksum.
            is_left = field == "chksum" and layer is not packet and packet.version == 4 and layer.chksum == 0
            if field in layer.fields and not is_left:
                delattr(layer, field)
    return bytes(packet)


def is_right(outer):
    """Whether the outer header has its length, and IPv4's its checksum."""
    data = bytes(outer)
    if outer.version == 6:
        return outer.plen + 40 == len(data)
    header = IP(data[:20])
    del header.chksum
    return outer.len == len(data) and bytes(header) == data[:20]


def words(frame, question, side):
    outer = Ether(frame).payload
    if type(outer) not in (IP, IPv6) or not is_right(outer):
        return "no IP"
    fields = [f"IPv{outer.version}", str(outer.proto if outer.version == 4 else outer.nh)]
    payload = bytes(outer.payload)
    if UDP in outer and fields[1] == "17":
        fields.append(f"{outer[UDP].sport}-{outer[UDP].dport}")
        # RFC 3948 section 2.1, RFC 6935.
        fields.append("unchecked" if outer[UDP].chksum == 0 else "checked")
        payload = payload[8 : outer[UDP].len]
    try:
        inner = OPEN[question["model"]](outer, payload, question, side)
    except (InvalidTag, IPSecIntegrityError, ValueError) as error:
        return " ".join(fields + [type(error).__name__])
    fields.append(f"IPv{inner[0] >> 4}")
    return " ".join(fields + ["right" if rebuilt(inner) == inner else "wrong"])


def answer(question):
    counts = Counter()
    for data, about in RawPcapNgReader(question["file"]):
        name = about.ifname.decode() if isinstance(about.ifname, bytes) else about.ifname
        counts[words(data, question, question["sides"][name])] += 1
    return counts


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
