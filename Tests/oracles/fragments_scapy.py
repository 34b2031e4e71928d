"""Opens the sealed pieces of a packet, and compares them with those that Scapy, which others wrote, makes of
it, and with the packet that Scapy puts together of them.

Reads a JSON object a line: "packet", the packet before it was cut; "room", bytes of the longest piece;
"identification", of an IPv6 packet's pieces; "pieces". With "model" "esp-single" or "vpe", the pieces are
sealed, and there are "aead", "key", "salt" and "spi"; with "isOuter" the packet was sealed whole, and the
pieces are those of the outer packet, in IP or in UDP. Scapy opens ESP; VPE (paper, Figure 3), which it does
not know, the package `cryptography`. Numbers are below 2^32. Answers each with "right", or what is wrong.
"""

import json
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from scapy.config import conf
from scapy.layers.inet import IP, defragment, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, defragment6, fragment6
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation
from scapy.packet import Raw

conf.logLevel = 40

OUTER = IP(src="192.0.2.1", dst="192.0.2.2", proto=50)


def open_esp(question, packet):
    cipher = "CHACHA20-POLY1305" if question["aead"].startswith("chacha") else "AES-GCM"
    esn = {"esn_en": True, "esn": 0}
    association = SecurityAssociation(
        ESP,
        spi=question["spi"],
        crypt_algo=cipher,
        crypt_key=bytes.fromhex(question["key"]) + question["salt"].to_bytes(4, "big"),
        tunnel_header=IP(src=OUTER.src, dst=OUTER.dst),
        **esn,
    )
    return bytes(association.decrypt(IP(bytes(OUTER / Raw(packet))), verify=True, **esn))


def open_vpe(question, packet):
    make = ChaCha20Poly1305 if question["aead"].startswith("chacha") else AESGCM
    if int.from_bytes(packet[12:16], "little") != question["spi"]:
        raise ValueError("SPI")
    key = bytes.fromhex(question["key"])
    return make(key).decrypt(packet[:12], packet[32:] + packet[16:32], None)


OPEN = {"esp-single": open_esp, "vpe": open_vpe}


def cut(packet, room, identification):
    """The pieces as Scapy makes them."""
    if packet[0] >> 4 == 4:
        return fragment(IP(packet[:20]) / Raw(packet[20:]), room - 20)
    header = IPv6(packet[:40])
    part = IPv6ExtHdrFragment(nh=header.nh, id=identification)
    header.nh = 44
    return fragment6(header / part / Raw(packet[40:]), room)


def put_together(pieces):
    """The packets that Scapy puts together of those of one version."""
    if pieces[0][0] >> 4 == 4:
        return [bytes(one) for one in defragment([IP(piece) for piece in pieces])]
    return [bytes(one) for one in defragment6([IPv6(piece) for piece in pieces])]


def outer(question, packet, pieces):
    whole = put_together(pieces)
    if len(whole) != 1:
        return "no packet is put together"
    whole = whole[0]
    if [bytes(piece) for piece in cut(whole, question["room"], question["identification"])] != pieces:
        return "other pieces"
    start, number = (20, whole[9]) if whole[0] >> 4 == 4 else (40, whole[6])
    if number == 17:
        if whole[start:start + 8] != struct.pack(">HHHH", 4500, 4500, len(whole) - start, 0):
            return "another UDP header"
        start += 8
    try:
        opened = OPEN[question["model"]](question, whole[start:])
    except (InvalidTag, IPSecIntegrityError, ValueError) as error:
        return type(error).__name__
    return "right" if opened == packet else "another packet"


def answer(question):
    packet = bytes.fromhex(question["packet"])
    pieces = [bytes.fromhex(piece) for piece in question["pieces"]]
    if question.get("isOuter"):
        return outer(question, packet, pieces)
    if "model" in question:
        try:
            pieces = [OPEN[question["model"]](question, piece) for piece in pieces]
        except (InvalidTag, IPSecIntegrityError, ValueError) as error:
            return type(error).__name__
    expected = [bytes(piece) for piece in cut(packet, question["room"], question.get("identification"))]
    if len(pieces) != len(expected):
        return f"{len(pieces)} pieces, {len(expected)} expected"
    for number, (piece, other) in enumerate(zip(pieces, expected)):
        if piece != other:
            return f"piece {number} is {piece[:64].hex()}, {other[:64].hex()} expected"
        if len(piece) > question["room"]:
            return f"piece {number} has {len(piece)} bytes"
    return "right" if put_together(pieces) == [packet] else "another packet is put together"


for line in sys.stdin:
    print(answer(json.loads(line)))
