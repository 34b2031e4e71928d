"""Writes captures of what is seldom seen, and what each packet is, for the tests of `vpebench decode`.

  odd_captures.py FOLDER      NAME.pcap or NAME.pcapng, NAME.txt: a line for each packet as decode prints it,
                              without its number and time; keys.json5

ESP is sealed by the package `cryptography`; headers and files are put together by hand.
"""

import gzip
import struct
import sys
from ipaddress import ip_address
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY, SALT = bytes(range(16)), bytes.fromhex("a0a1a2a3")
A, B, A6, B6 = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
INNER = "IPv4 198.18.0.1:1024 > 198.19.0.1:7 UDP, 46 bytes"


def ip4(src, dst, number, body, fragment=0, options=b""):
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 1, fragment, 64, number,
        0, ip_address(src).packed, ip_address(dst).packed)  # fmt: skip
    return head + options + body


def ip6(src, dst, number, body, length=None):
    length = len(body) if length is None else length
    ends = ip_address(src).packed + ip_address(dst).packed
    return struct.pack(">IHBB", 6 << 28, length, number, 64) + ends + body


def udp(source, destination, body):
    return struct.pack(">HHHH", source, destination, 8 + len(body), 0) + body


INNER_BYTES = ip4("198.18.0.1", "198.19.0.1", 17, udp(1024, 7, b""))


def eth(body, kind=0x0800):
    return bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + body


def esp(number, plain=None, following=4, icv=16, spi=0x1001, esn=True, pad=None):
    plain = ip4("198.18.0.1", "198.19.0.1", 17, udp(1024, 7, bytes(18))) if plain is None else plain
    pad = -(len(plain) + 2) % 4 if pad is None else pad
    text = plain + bytes(range(1, pad + 1)) + bytes([pad, following])
    iv = struct.pack(">Q", number)
    head = struct.pack(">II", spi, number & 0xFFFFFFFF)
    cipher = Cipher(algorithms.AES(KEY), modes.GCM(SALT + iv)).encryptor()
    cipher.authenticate_additional_data(struct.pack(">IQ", spi, number) if esn else head)
    return head + iv + cipher.update(text) + cipher.finalize() + cipher.tag[:icv]


def vpe(number, sender=0, window=0, spi=0x2001):
    nonce = struct.pack("<HHQ", sender, window, number)
    cipher = Cipher(algorithms.AES(KEY), modes.GCM(nonce)).encryptor()
    text = cipher.update(ip4("198.18.0.1", "198.19.0.1", 17, udp(1024, 7, bytes(18)))) + cipher.finalize()
    return nonce + struct.pack("<I", spi) + cipher.tag + text


def new(ends, number, inner=INNER, carrier=""):
    return f"{ends} {carrier}ESP 0x00001001 #{number}: authentic, new; {inner}"


def headers6(number, *, kind=60, blocks=1):
    """Extension headers of IPv6 before ESP: the next one's number, then 8 bytes each."""
    return bytes([50, blocks - 1]) + bytes(8 * blocks - 2) + esp(number), kind


def outer():
    """Frames of Ethernet: what is around ESP."""
    ends, ends6 = f"{A} > {B}", f"{A6} > {B6}"
    yield eth(ip4(A, B, 50, esp(1), options=bytes([1, 1, 1, 1]))), new(ends, 1)
    for number, kind in enumerate([0, 43, 60, 135], 2):
        yield (
            eth(ip6(A6, B6, kind, headers6(number, blocks=2)[0]), 0x86DD),
            new(ends6, number, carrier="(extension headers) "),
        )
    # A fragment that is whole, and one that is not.
    whole = bytes([50, 0, 0, 0, 0, 0, 0, 7]) + esp(6)
    yield eth(ip6(A6, B6, 44, whole), 0x86DD), new(ends6, 6, carrier="(extension headers) ")
    part = bytes([50, 0, 0, 1, 0, 0, 0, 7]) + esp(7)
    yield (
        eth(ip6(A6, B6, 44, part), 0x86DD),
        f"{ends6} (extension headers) a fragment of ESP at byte 0, more follow",
    )
    yield (
        eth(ip4(A, B, 17, bytes(32), fragment=4)),
        f"{ends} a fragment of UDP at byte 32, the last",
    )
    ah = bytes([50, 4, 0, 0]) + struct.pack(">II", 0x77, 1) + bytes(12)
    yield eth(ip4(A, B, 51, ah + esp(8))), new(ends, 8, carrier="(AH) ")
    yield eth(ip6(A6, B6, 51, ah + esp(9)), 0x86DD), new(ends6, 9, carrier="(AH) ")
    tcp = bytes([6]) + ah[1:] + bytes(20)
    yield eth(ip4(A, B, 51, tcp)), f"{ends} (AH) TCP, which is not looked into"
    # Tunnels.
    yield (
        eth(ip4("203.0.113.1", "203.0.113.2", 41, ip6(A6, B6, 4, ip4(A, B, 50, esp(10))))),
        "203.0.113.1 > 203.0.113.2 around 2001:db8::1 > 2001:db8::2 around " + new(ends, 10),
    )
    gre = bytes([0, 0, 8, 0]) + ip4(A, B, 50, esp(11))
    yield eth(ip4(A, B, 47, gre)), f"{ends} a tunnel that is not looked into: GRE"
    yield (
        eth(ip4("203.0.113.1", "203.0.113.2", 4, ip4(A, B, 47, gre))),
        f"203.0.113.1 > 203.0.113.2 around {ends} a tunnel that is not looked into: GRE",
    )
    yield (
        eth(ip4("203.0.113.1", "203.0.113.2", 4, ip4(A, B, 51, tcp))),
        f"203.0.113.1 > 203.0.113.2 around {ends} (AH) TCP, which is not looked into",
    )
    yield eth(ip4(A, B, 4, b"\0" * 20)), f"{ends} around a packet that is not IP"
    for port in [4789, 6081, 500]:
        yield (
            eth(ip4(A, B, 17, udp(50000, port, esp(12)))),
            f"{A}:50000 > {B}:{port} UDP, a port that is not looked into",
        )
    yield eth(ip4(A, B, 253, esp(12))), f"{ends} protocol 253, which is not looked into"
    yield eth(ip4(A, B, 6, bytes(20))), f"{ends} TCP, which is not looked into"
    quote = bytes([3, 4, 0, 0, 0, 0, 5, 0]) + ip4(A, B, 50, esp(12)[:8])
    yield eth(ip4(A, B, 1, quote)), f"{ends} ICMP, neither ESP nor VPE"
    # What else is in the port.
    port = f"{A}:4500 > {B}:4500 UDP"
    yield eth(ip4(A, B, 17, udp(4500, 4500, esp(12)))), new(port, 12)
    yield eth(ip4(A, B, 17, udp(4500, 4500, b"\xff"))), f"{port}, a NAT keepalive"
    ike = bytes(4) + bytes(range(16)) + bytes([33, 0x20, 34, 8]) + struct.pack(">II", 0, 28)
    yield eth(ip4(A, B, 17, udp(4500, 4500, ike))), f"{port}, IKE"
    yield (
        eth(ip4(A, B, 17, udp(4500, 4500, ike[:-1] + b"\0"))),
        f"{port}, a non-ESP marker, but no IKE behind it",
    )
    yield eth(ip4(A, B, 17, udp(4500, 4500, b""))), f"{port} too short for a header: 0 bytes"
    # Lengths.
    yield eth(ip6(A6, B6, 0, bytes([50, 0, 0xC2, 4, 0, 1, 0, 0]) + esp(13), 0), 0x86DD), (
        "a frame with a jumbogram, which is not looked into"
    )
    yield eth(ip6(A6, B6, 60, bytes([50, 200]) + esp(13)), 0x86DD), "a frame whose lengths do not fit"
    yield eth(ip4(A, B, 50, esp(13)))[:-1], "a frame whose lengths do not fit"
    yield b"", "a frame too short for its headers"
    yield eth(ip4(A, B, 50, esp(13)) + bytes(9)), new(ends, 13)
    # What comes before IP.
    yield eth(b"\xaa\xaa\x03\0\0\0\x08\0" + ip4(A, B, 50, esp(14)), 108), new(ends, 14)
    yield eth(b"\x42\x42\x03" + bytes(40), 43), "a frame with IEEE 802.2, which is not looked into"
    for kind, name in [(0x8848, "with MPLS"), (0x88E5, "with MACsec"), (0x88E7, "of Ethernet type 0x88e7")]:
        yield eth(bytes(60), kind), f"a frame {name}, which is not looked into"
    yield eth(bytes(28), 0x0806), "a frame that is not IP"
    yield eth(bytes.fromhex("1100000100660057") + ip6(A6, B6, 50, esp(15)), 0x8864), new(ends6, 15)
    yield eth(bytes.fromhex("110000010066c021") + bytes(20), 0x8864), "a frame that is not IP"


def inner():
    """Frames of raw IP: what is within ESP."""
    ends = f"{A} > {B}"

    def packet(*arguments, **options):
        return ip4(A, B, 50, esp(*arguments, **options))

    yield packet(1, b"", 59), new(ends, 1, "a dummy packet")
    yield packet(2, bytes(500), 59), new(ends, 2, "a dummy packet")
    yield packet(3, bytes(20), 6), new(ends, 3, f"transport mode, IPv4 {A}:0 > {B}:0 TCP, 40 bytes")
    yield packet(4, bytes(20), 143), new(ends, 4, "Ethernet, 20 bytes that are not looked into")
    yield packet(5, bytes(20), 201), new(ends, 5, "protocol 201, 20 bytes that are not looked into")
    behind = bytes([17, 0]) + bytes(6) + udp(5, 7, b"abcd")
    yield (
        packet(6, ip6(A6, B6, 60, behind), 41),
        new(ends, 6, f"IPv6 [{A6}]:5 > [{B6}]:7 (extension headers) UDP, 60 bytes"),
    )
    part = bytes([17, 0, 0x05, 0xA9, 0, 0, 0, 7]) + bytes(16)
    yield (
        packet(7, ip6(A6, B6, 44, part), 41),
        new(
            ends, 7, f"IPv6 {A6} > {B6} (extension headers) "
            "a fragment of UDP at byte 1448, more follow, 64 bytes",
        ),
    )
    yield packet(8, ip4(A, B, 50, esp(1))), new(ends, 8, f"IPv4 {ends} ESP, 100 bytes")
    yield packet(9, ip4(A, B, 47, bytes(8)) + bytes(30)), new(ends, 9, f"IPv4 {ends} GRE, 28 bytes")
    bad = f"{ends} ESP 0x00001001 #%d: authentic, new, but malformed (%s)"
    yield packet(10, ip4(A, B, 17, bytes(8)), 41), bad % (10, "inner_version")
    yield packet(11, ip4(A, B, 17, bytes(8))[:-1]), bad % (11, "inner_length")
    yield packet(12, b""), bad % (12, "inner_length")
    yield packet(13, bytes(20), pad=1), bad % (13, "padding")
    again = f"{ends} ESP 0x00001001 #13: authentic, replayed, but malformed (padding)"
    yield packet(13, bytes(20), pad=1), again
    yield packet(14, pad=200), new(ends, 14)
    yield (
        packet(15, icv=8),
        f"{ends} ESP 0x00001001 #15: not authentic with an ICV of 16 bytes, but with one of 8: "
        "see icv_bytes in `vpebench decode --help`",
    )
    yield packet(16, esn=False), f"{ends} ESP 0x00001001 #16: not authentic"
    yield ip4(A, B, 50, esp(17)[:16]), f"{ends} ESP 0x00001001 #17: too short"
    # A jumbo frame, the largest packet, and the number of an earlier one to another receiver.
    large = ip4(A, B, 17, bytes(8980))
    yield packet(18, large), new(ends, 18, f"IPv4 {A}:0 > {B}:0 UDP, 9000 bytes")
    yield packet(19, bytes(65478), 17), new(
        ends, 19, f"transport mode, IPv4 {A}:0 > {B}:0 UDP, 65498 bytes")
    yield ip4(B, A, 50, esp(1, b"", 59)), new(f"{B} > {A}", 1, "a dummy packet")
    yield packet(1, b"", 59), f"{ends} ESP 0x00001001 #1: authentic, replayed; a dummy packet"


def vpe_transport(kind, number, plain, following, window=0, word=None):
    """VPE's transport mode, proposal a or b (docs/vpe-transport.md), without the IP header."""
    number = struct.pack("<Q", number)
    if kind == "a":
        number = number[:7] + bytes([following])
    else:
        plain = (bytes([following, 0, 0, 0]) if word is None else word) + plain
    nonce = struct.pack("<HH", 1, window) + number
    cipher = Cipher(algorithms.AES(KEY), modes.GCM(nonce)).encryptor()
    text = cipher.update(plain) + cipher.finalize()
    return nonce + struct.pack("<I", 0x300A if kind == "a" else 0x300B) + cipher.tag + text


def transport_esp():
    """Frames of raw IP: ESP in transport mode, whose packets have the ends that are seen."""
    ends, ends6 = f"{A} > {B}", f"{A6} > {B6}"
    words = "ESP 0x00003001 #%d: authentic, new; transport mode, "

    def sealed(number, plain=udp(5, 7, b"abcd"), following=17, **options):
        return esp(number, plain, following, spi=0x3001, **options)

    udp4, tcp6 = f"IPv4 {A}:5 > {B}:7 UDP", f"IPv6 [{A6}]:5 > [{B6}]:7 TCP, 60 bytes"
    tcp = struct.pack(">HH", 5, 7) + bytes(16)
    yield ip4(A, B, 50, sealed(1)), f"{ends} {words % 1}{udp4}, 32 bytes"
    yield ip6(A6, B6, 50, sealed(2, tcp, 6)), f"{ends6} {words % 2}{tcp6}"
    # Options and extension headers stay where they are, outside; others are within.
    with_options = ip4(A, B, 50, sealed(3), options=bytes([1, 1, 1, 1]))
    yield with_options, f"{ends} {words % 3}{udp4}, 36 bytes"
    hops = bytes([50, 0]) + bytes(6) + sealed(4, bytes([6, 0]) + bytes(6) + tcp, 60)
    within = tcp6.replace("TCP, 60", "(extension headers) TCP, 76")
    yield ip6(A6, B6, 0, hops), f"{ends6} (extension headers) {words % 4}{within}"
    ah = bytes([50, 4, 0, 0]) + struct.pack(">II", 0x77, 1) + bytes(12)
    yield ip4(A, B, 51, ah + sealed(5)), f"{ends} (AH) {words % 5}{udp4}, 32 bytes"
    in_udp = ip4(A, B, 17, udp(4500, 4500, sealed(6)))
    yield in_udp, f"{A}:4500 > {B}:4500 UDP {words % 6}{udp4}, 32 bytes"
    dummy = (words % 7).replace("transport mode, ", "a dummy packet")
    yield ip4(A, B, 50, sealed(7, b"", 59)), f"{ends} {dummy}"
    # Whatever the next header is, it is what the packet has: there is no tunnel.
    yield ip4(A, B, 50, sealed(8, INNER_BYTES, 4)), f"{ends} {words % 8}IPv4 {ends} IPv4, 48 bytes"
    yield ip4(A, B, 50, sealed(9, bytes(20), 201)), f"{ends} {words % 9}IPv4 {ends} protocol 201, 40 bytes"
    yield ip4(A, B, 50, sealed(10, b"", 6)), f"{ends} {words % 10}IPv4 {ends} TCP, 20 bytes"
    yield ip4(A, B, 50, sealed(11, b"ab", 17)), f"{ends} {words % 11}IPv4 {ends} UDP, 22 bytes"
    bad = f"{ends} ESP 0x00003001 #%d: %s"
    yield ip4(A, B, 50, sealed(12, bytes(20), pad=1)), bad % (12, "authentic, new, but malformed (padding)")
    again = (words % 1).replace("new", "replayed")
    yield ip4(A, B, 50, sealed(1)), f"{ends} {again}{udp4}, 32 bytes"
    short = "not authentic with an ICV of 16 bytes, but with one of 8: see icv_bytes in "
    yield ip4(A, B, 50, sealed(15, icv=8)), bad % (15, short + "`vpebench decode --help`")
    changed = bytearray(sealed(16))
    changed[-17] ^= 1
    yield ip4(A, B, 50, bytes(changed)), bad % (16, "not authentic")
    yield ip4(A, B, 50, sealed(17)[:33]), bad % (17, "too short")
    # Extension headers within that do not fit.
    cut = sealed(18, bytes([6, 9]) + bytes(6), 60)
    yield ip6(A6, B6, 50, cut), f"{ends6} {words % 18}IPv6 whose headers cannot be followed, 48 bytes"


def transport_vpe():
    """The same of VPE."""
    ends, ends6 = f"{A} > {B}", f"{A6} > {B6}"
    datagram, tcp = udp(5, 7, b"abcd"), struct.pack(">HH", 5, 7) + bytes(16)
    for kind in "ab":
        words = f"VPE 0x0000300{kind} sender 1 window %d #%d: authentic, %s; transport mode, "
        first = f"IPv4 {A}:5 > {B}:7 UDP, 32 bytes"
        bad = f"{ends} VPE 0x0000300{kind} sender 1 window %d #%d: %s"

        def sealed(number, plain=datagram, following=17, **options):
            return vpe_transport(kind, number, plain, following, **options)

        yield ip4(A, B, 50, sealed(1)), f"{ends} {words % (0, 1, 'new')}{first}"
        yield ip4(A, B, 50, sealed(1)), f"{ends} {words % (0, 1, 'replayed')}{first}"
        yield ip4(A, B, 50, sealed(1, window=3)), f"{ends} {words % (3, 1, 'new')}{first}"
        yield (
            ip6(A6, B6, 50, sealed(2, tcp, 6)),
            f"{ends6} {words % (0, 2, 'new')}IPv6 [{A6}]:5 > [{B6}]:7 TCP, 60 bytes",
        )
        icmp = ip4(A, B, 50, sealed(3, bytes(8), 1))
        yield icmp, f"{ends} {words % (0, 3, 'new')}IPv4 {ends} ICMP, 28 bytes"
        yield ip4(A, B, 50, sealed(4, b"")), f"{ends} {words % (0, 4, 'new')}IPv4 {ends} UDP, 20 bytes"
        in_udp = ip4(A, B, 17, udp(4500, 4500, sealed(5)))
        yield in_udp, f"{A}:4500 > {B}:4500 UDP {words % (0, 5, 'new')}{first}"
        # In A the next header is a part of the nonce, in B of what is encrypted.
        changed = bytearray(sealed(6))
        changed[11 if kind == "a" else 32] ^= 17 ^ 6
        yield ip4(A, B, 50, bytes(changed)), bad % (0, 6, "not authentic")
        yield ip4(A, B, 50, sealed(7, window=4)), bad % (4, 7, "unknown window")
        least = sealed(8, b"")
        yield ip4(A, B, 50, least[:-1]), bad % (0, 8, "too short")
    last = (1 << 56) - 1
    yield ip4(A, B, 50, vpe_transport("a", last, datagram, 17)), (
        f"{ends} VPE 0x0000300a sender 1 window 0 #{last}: authentic, new; transport mode, {first}")
    for number, word in enumerate([b"\6\1\0\0", b"\6\0\0\1"], 9):
        packet = ip4(A, B, 50, vpe_transport("b", number, datagram, 17, word=word))
        yield packet, bad % (0, number, "authentic, new, but malformed (format_header)")
    # Of what comes before the payload, not all.
    for size in (32, 33, 34):
        yield ip4(A, B, 50, least[:size]), bad % (0, 8, "too short")


SECONDS = 1_700_000_000  # an ordinary time of a capture


def pcap(frames, link=1, order="<", magic=0xA1B2C3D4, version=(2, 4), cut=None, more=0):
    text = struct.pack(order + "IHHiIII", magic, *version, 0, 0, 262144, link)
    for second, frame in enumerate(frames):
        lengths = [len(frame[:cut]), len(frame)]
        lengths = lengths[::-1] if version < (2, 3) else lengths
        text += struct.pack(order + "IIII", SECONDS + second, second, *lengths)
        text += bytes(more) + frame[:cut]
    return text


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link=1, most=0, resolution=6, offset=None, order="<"):
    options = struct.pack(order + "HHB3x", 9, 1, resolution)
    if offset is not None:
        options += struct.pack(order + "HHq", 14, 8, offset)
    return block(1, struct.pack(order + "HHI", link, 0, most) + options + bytes(4), order)


def enhanced(frame, number=0, ticks=0, cut=None, order="<"):
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame[:cut]), len(frame))
    return block(6, head + frame[:cut], order)


def several():
    """A section of either byte order; interfaces of every kind; every kind of packet block."""
    raw = [ip4(A, B, 50, esp(number)) for number in range(1, 9)]
    v2 = struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, bytes(8))
    unknown = block(0x77, bytes(600_000))
    yield section() + interface(most=60) + interface(101, resolution=9) + unknown
    yield enhanced(eth(raw[0]), ticks=5_000_000) + enhanced(raw[1], 1, ticks=6_000_000_001)
    yield block(2, struct.pack("<HHIIII", 1, 0, 1, 5, len(raw[2]), len(raw[2])) + raw[2])
    yield block(3, struct.pack("<I", len(eth(raw[3]))) + eth(raw[3])[:60])
    yield section(">") + interface(113, resolution=0x8A, offset=7, order=">") + interface(276, order=">")
    yield enhanced(struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + raw[4], ticks=1024 + 512, order=">")
    yield enhanced(v2 + raw[5], 1, ticks=9_000_000, order=">")
    yield section() + interface(0) + interface(108) + interface(9) + interface(105)
    yield enhanced(struct.pack("<I", 2) + raw[6]) + enhanced(struct.pack(">I", 2) + raw[7], 1)
    yield enhanced(b"\xff\x03\x00\x21" + raw[0], 2) + enhanced(bytes(30), 3)


SEVERAL = [
    new(f"{A} > {B}", 1), new(f"{A} > {B}", 2), new(f"{A} > {B}", 3),
    f"{A} > {B} ESP 0x00001001 #4: cut off, 26 of 80 bytes captured",
    *[new(f"{A} > {B}", number) for number in range(5, 9)],
    f"{A} > {B} ESP 0x00001001 #1: authentic, replayed; {INNER}",
    "a frame of link type 105, which is not looked into",
]  # fmt: skip


def main():
    folder = Path(sys.argv[1])

    def write(name, data, lines):
        (folder / name).write_bytes(data)
        (folder / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))

    frames, lines = zip(*outer())
    write("outer.pcap", pcap(frames), lines)
    write("big-endian.pcap", pcap(frames, order=">"), lines)
    write("nanoseconds.pcap", pcap(frames, magic=0xA1B23C4D), lines)
    write("big-nanoseconds.pcap", pcap(frames, order=">", magic=0xA1B23C4D), lines)
    # What patched programs wrote: 8, 12 or 4 bytes more before each frame, some under the usual magic number.
    for name, magic, more in [
        ("kuznetzov", 0xA1B2CD34, 8), ("suse", 0xA1B2CD34, 12), ("redhat", 0xA1B2C3D4, 8),
        ("nokia", 0xA1B2C3D4, 4),
    ]:  # fmt: skip
        for order in "<>":
            for count in [1, 2, len(frames)]:
                data = pcap(frames[:count], order=order, magic=magic, more=more)
                write(f"{name}-{'big' if order == '>' else 'little'}-{count}.pcap", data, lines[:count])
    # Cut off within the second frame's header.
    (folder / "redhat.cut").write_bytes(pcap([frames[0]] * 2, more=8)[: 24 + 24 + len(frames[0]) + 18])
    write("old.pcap", pcap(frames, version=(2, 2)), lines)
    write("check-sequence.pcap", pcap([frames[0] + bytes(4)], link=0x24000001), lines[:1])
    packed = gzip.compress(pcap(frames))
    write("packed.pcap.gz", packed, lines)
    (folder / "it's twice.gz").write_bytes(gzip.compress(packed))
    (folder / "no capture.gz").write_bytes(gzip.compress(bytes(100)))
    half = len(pcap(frames)) // 2
    parts = gzip.compress(pcap(frames)[:half]) + gzip.compress(pcap(frames)[half:])
    write("parts.pcap.gz", parts + bytes(100), lines)
    write("several.pcapng", b"".join(several()), SEVERAL)
    write("several.pcapng.gz", gzip.compress(b"".join(several())), SEVERAL)
    frames, lines = zip(*inner())
    write("inner.pcap", pcap(frames, link=101), lines)
    write("none.pcap", pcap([]), [])
    for name, packets in [("esp", transport_esp()), ("vpe", transport_vpe())]:
        frames, lines = zip(*packets)
        write(f"transport-{name}.pcap", pcap(frames, link=101), lines)
    # Whatever is cut off, wherever: nothing is authentic, and nothing is another thing than it was.
    seen = [eth(ip4(A, B, 50, esp(1))), eth(ip4(A, B, 17, udp(4500, 4500, esp(2))))]
    for cut in range(115):
        within = f"a frame cut off within its headers, {cut} of %d bytes captured"
        esp_line = f"{A} > {B} %scut off, {cut - 34} of 80 bytes captured"
        udp_line = f"{A}:4500 > {B}:4500 UDP %scut off, {cut - 42} of 80 bytes captured"
        direct = within % 114 if cut < 34 else esp_line % ("" if cut < 42 else "ESP 0x00001001 #1: ")
        in_udp = within % 122 if cut < 42 else udp_line % ("" if cut < 50 else "ESP 0x00001001 #2: ")
        whole = new(f"{A} > {B}", 1) if cut == 114 else direct
        write(f"cut-{cut}.pcap", pcap(seen, cut=cut), [whole, in_udp])
    # In the port of UDP, and neither ESP nor VPE; the last ones are cut off.
    ike = bytes(4) + bytes(range(16)) + bytes([33, 0x20, 34, 8]) + struct.pack(">II", 0, 28)
    seen = [eth(ip4(A, B, 17, udp(4500, 4500, body))) for body in [b"\xff", ike, bytes(32), bytes(4)]]
    port = f"{A}:4500 > {B}:4500 UDP, "
    words = ["a NAT keepalive", "IKE", *["a non-ESP marker, but no IKE behind it"] * 2]
    write("port.pcap", pcap(seen), [port + word for word in words])
    write("port-cut-42.pcap", pcap(seen[:1], cut=42), [port + "a byte that was not captured"])
    for cut in [46, 73]:
        words = f"a non-ESP marker, cut off, {cut - 42} of 32 bytes captured"
        write(f"port-cut-{cut}.pcap", pcap(seen[1:3], cut=cut), [port + words] * 2)
    # VPE as nobody here sends it in UDP: it begins with the marker. By its key it is found all the same.
    seen = [eth(ip4(A, B, 17, udp(4500, 4500, body))) for body in [vpe(1), vpe(2, sender=1), ike]]
    (folder / "zero.pcap").write_bytes(pcap(seen))
    sender = f'format: "vpe", spi: 0x2001, sender: 0, aead: "aes-128-gcm", key: "{KEY.hex()}"'
    (folder / "zero-keys.json5").write_text(f"{{associations: [{{{sender}}}]}}\n")
    key = f'aead: "aes-128-gcm", key: "{KEY.hex()}",\n  salt: "{SALT.hex()}"'
    (folder / "keys.json5").write_text(f'{{associations: [{{format: "esp", spi: 0x1001, {key}}}]}}\n')
    of_esp = f'{{format: "esp-transport", spi: 0x3001, {key}}}'
    of_vpe = f'aead: "aes-128-gcm", key: "{KEY.hex()}", windows: 4'
    of_vpe = [f'{{format: "vpe-transport-{kind}", spi: 0x300{kind}, {of_vpe}}}' for kind in "ab"]
    text = ",\n ".join([of_esp, *of_vpe])
    (folder / "transport-keys.json5").write_text(f"{{associations: [\n {text}]}}\n")


main()
