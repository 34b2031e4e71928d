"""Makes docs/vpe-vectors.json: VPE packets (Pfeiffer et al., ARES 2020, Figure 3) with all that goes into
them, by means of the package `cryptography`, independently of the product's Swift.

  vpe_vectors.py > docs/vpe-vectors.json

Keys and packet contents follow from a hash of the vector's name, so the output is the same on every machine.
"""

import hashlib
import json
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

AEADS = {
    "aes-128-gcm": (AESGCM, 16),
    "aes-256-gcm": (AESGCM, 32),
    "chacha20-poly1305": (ChaCha20Poly1305, 32),
    # Last, so that the others are as they were: their numbers follow from their places.
    "aes-192-gcm": (AESGCM, 24),
}
ABOUT = [
    "Test vectors of VPE, Vector Packet Encapsulation (Pfeiffer, Rossberg, Girlich, Schaefer, ARES 2020),",
    "made by Tests/oracles/vpe_vectors.py. These are test keys; never use them to protect anything.",
    "",
    "packet is the VPE packet. Its fields are little-endian: sender_id 2 bytes, window_id 2, sequence 8",
    "(these twelve are the nonce), spi 4; then ICV 16, and the ciphertext of inner and padding. There is no",
    "additional data. The SPI is not authenticated: it picks the key, and a wrong key does not fit.",
    "padding stands between the end of the inner packet, by its own length field, and that of the packet.",
    "outer is the whole outer IPv4 packet: VPE directly in IP (protocol 50), or in UDP. Numbers that may",
    "need 64 bits are decimal digits in quotes; bytes are hexadecimal digits.",
    "opens is false where a byte was changed after sealing, so that the packet must be refused.",
]


def random_bytes(name, count):
    return hashlib.shake_128(name.encode()).digest(count)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(protocol, source, destination, payload):
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0, source, destination
    )
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(next_header, payload):
    source, destination = (bytes.fromhex(f"20010db8{'0' * 23}{end}") for end in "12")
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + source + destination + payload


def udp(source, destination, payload):
    return struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload


def inner_packet(name, version, count):
    """A packet of `count` bytes: UDP without checksum where it has room, else of an experimental protocol."""
    header = 20 if version == 4 else 40
    rest = count - header
    number, payload = 253, random_bytes(f"{name} inner", rest)
    if rest >= 8:
        number, payload = 17, udp(1024, 7, payload[8:])
    if version == 4:
        return ipv4(number, bytes([198, 18, 0, 1]), bytes([198, 19, 0, 1]), payload)
    return ipv6(number, payload)


def vector(  # fmt: skip
    name, aead, spi, version=4, count=60, padding=0, sender=1, window=0, sequence=1, udp_port=None,
    change=None,
):
    make, key_bytes = AEADS[aead]
    name = f"{aead} {name}"
    key = random_bytes(f"{name} key", key_bytes)
    inner = inner_packet(name, version, count)
    filling = random_bytes(f"{name} padding", padding)
    nonce = struct.pack("<HHQ", sender, window, sequence)
    sealed = make(key).encrypt(nonce, inner + filling, None)
    ciphertext, icv = sealed[:-16], sealed[-16:]
    packet = bytearray(nonce + struct.pack("<I", spi) + icv + ciphertext)
    if change is not None:
        packet[change] ^= 0x01
    packet = bytes(packet)
    carried = packet if udp_port is None else udp(udp_port, udp_port, packet)
    outer = ipv4(50 if udp_port is None else 17, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]), carried)
    return {
        "name": name,
        "aead": aead,
        "key": key.hex(),
        "spi": spi,
        "sender_id": sender,
        "window_id": window,
        "sequence": str(sequence),
        "inner": inner.hex(),
        "padding": filling.hex(),
        "packet": packet.hex(),
        "udp_port": udp_port,
        "outer": outer.hex(),
        "opens": change is None,
        "change": None if change is None else f"byte {change}: lowest bit",
    }


def vectors_of(aead, index):
    """The vectors of an AEAD, each with a key and an SPI of its own: a nonce serves a key once, here too."""
    for number, fields in enumerate(fields_of(index)):
        yield vector(aead=aead, **{"spi": (index + 1) << 24 | 0x1000 + number} | fields)


def fields_of(index):
    # The least, those around the ends of blocks (16 bytes of AES, 64 of ChaCha20), and the greatest.
    for count in [20, 21, 28, 29, 31, 32, 33, 46, 47, 48, 49, 63, 64, 65, 80, 127, 128, 129, 256, 1402, 1500]:
        yield dict(name=f"IPv4, {count} bytes", count=count)
    for count in [40, 41, 48, 49, 64, 65, 128, 1280]:
        yield dict(name=f"IPv6, {count} bytes", version=6, count=count)
    for sequence in [2, 255, 256, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]:
        yield dict(name=f"sequence number {sequence}", sequence=sequence)
    yield dict(name="sequence number 72623859790382856, byte by byte", sequence=0x0102030405060708)
    for window in [1, 2, 255, 256, 0x0102, 0x7FFF, 0x8000, 0xFFFF]:
        yield dict(name=f"Window ID {window}", window=window)
    for sender in [0, 255, 256, 0x0102, 0xFFFF]:
        yield dict(name=f"Sender ID {sender}", sender=sender, window=3)
    for spi in [256 + index, 0x01020304 + index, 0xFFFFFFFF - index]:
        yield dict(name=f"SPI {spi}", spi=spi)
    for padding in [1, 4, 15, 16, 100]:
        yield dict(name=f"{padding} bytes of padding", padding=padding)
    yield dict(name="IPv6, 24 bytes of padding", version=6, count=72, padding=24)
    yield dict(name="in UDP, port 4500", udp_port=4500, sequence=7)
    yield dict(name="in UDP, port 50000", udp_port=50000, sequence=8, version=6, count=100)
    for offset in [*range(0, 12), *range(16, 32), 32, 32 + 59]:
        yield dict(name=f"byte {offset} changed", sequence=9, change=offset)


def main():
    vectors = [vector for index, aead in enumerate(AEADS) for vector in vectors_of(aead, index)]
    print(json.dumps({"about": ABOUT, "vectors": vectors}, indent=2))


main()
