"""Computes, independently of the product's Swift, every byte that a case puts on the black link, and compares
it with a capture: generator frame, reflection, key derivation, ESP (RFC 4303, 4106, 7634) or VPE (paper,
Figure 3) or nothing, outer UDP, IPv4 or IPv6 and Ethernet. Needs the package `cryptography` and nothing else.

  black_side.py --model vpe --aead aes-128-gcm --seed N --frame-bytes 64 black.pcapng

The case must have been run without timestamps in its frames. With one sealing thread frame n of a side
must be frame n of the case. With more, or with classes (where gateways carry header fields), frames are told
apart by their Window ID, and within each window their numbers must be 1, 2, 3, ... in the order of the side.
Ends with status 1 and the first difference.
"""

import argparse
import struct
import sys
from itertools import islice

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

CIPHERS = {
    "aes-128-gcm": (AESGCM, 16),
    "aes-192-gcm": (AESGCM, 24),
    "aes-256-gcm": (AESGCM, 32),
    "chacha20-poly1305": (ChaCha20Poly1305, 32),
}
MASK = 2**64 - 1

GENERATOR, REFLECTOR = bytes([198, 18, 0, 1]), bytes([198, 19, 0, 1])
GENERATOR6, REFLECTOR6 = (bytes.fromhex(f"200100020000000{site}" + "0" * 15 + "1") for site in "01")
GATEWAY = {"a": bytes([192, 0, 2, 1]), "b": bytes([192, 0, 2, 2])}
GATEWAY6 = {end: bytes.fromhex("20010db8" + "0" * 23 + number) for end, number in [("a", "1"), ("b", "2")]}
BLACK_MAC = {"a": bytes([2, 0, 0, 0, 0, 3]), "b": bytes([2, 0, 0, 0, 0, 4])}
ECHO_PORT, FIRST_PORT, PORT_STEP = 7, 1024, 40503


class Difference(Exception):
    """What is not as it should be, in one sentence."""


# ---- What test keys and frames are made of


def splitmix64(state):
    while True:
        state = state + 0x9E3779B97F4A7C15 & MASK
        z = state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        yield z ^ z >> 31


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(protocol, source, destination, payload, service=0, hops=64):
    def header(value):
        length = 20 + len(payload)
        return struct.pack(
            "!BBHHHBBH4s4s", 0x45, service, length, 0, 0x4000, hops, protocol, value, source, destination
        )

    return header(checksum(header(0))) + payload


def ipv6(protocol, source, destination, payload, service=0, hops=64):
    start = 0x60000000 | service << 20
    return struct.pack("!IHBB16s16s", start, len(payload), protocol, hops, source, destination) + payload


def udp6(source, destination, addresses, payload):
    """With the checksum that IPv6 asks for (RFC 8200, section 8.1); one of 0 is sent as all ones."""
    length = 8 + len(payload)
    datagram = struct.pack("!HHHH", source, destination, length, 0) + payload
    covered = addresses + struct.pack("!II", length, 17) + datagram
    value = checksum(covered + bytes(len(covered) % 2)) or 0xFFFF
    return datagram[:6] + struct.pack("!H", value) + payload


def udp(source, destination, payload):
    return struct.pack("!HHHH", source, destination, 8 + len(payload), 0) + payload


def turn_of(case, path, ordinal):
    """Which of the flows of `path` the generator's frame `ordinal` there is of."""
    flows_here = len(range(path, case.flows, case.paths))
    return ordinal % flows_here if flows_here else 0


def class_of(case, path, ordinal):
    """A path's flows are of the classes in turn."""
    return turn_of(case, path, ordinal) % case.classes


def inner_packet(case, direction, path, ordinal):
    """The IP packet within the generator's frame `ordinal` of `path`, or within its reflection."""
    flow = path + turn_of(case, path, ordinal) * case.paths
    index = class_of(case, path, ordinal)
    stamp = path << 48 | ordinal
    secret = next(splitmix64(case.seed))
    mixed = (stamp ^ secret ^ flow << 24 ^ index << 40) * 0x9E3779B97F4A7C15 & MASK
    check = (mixed * 0xD1B54A32D192ED03 & MASK) >> 48
    start = 80 if case.inner_ipv6 else 60
    pattern = bytes(offset * 7 & 0xFF for offset in range(start, case.frame_bytes - 4))
    payload = struct.pack("<QQH", stamp, 0, check) + pattern
    port = (FIRST_PORT + flow * PORT_STEP) % 65536
    # A hop before it is sealed; back, after two more.
    taken = (1 if direction == "a-to-b" else 3) if case.classes > 1 else 0
    fields = index << 5, 64 - taken
    if case.inner_ipv6:
        ends, ports = (GENERATOR6, REFLECTOR6), (port, ECHO_PORT)
        if direction == "b-to-a":
            ends, ports = ends[::-1], ports[::-1]
        return ipv6(17, *ends, udp6(*ports, b"".join(ends), payload), *fields)
    if direction == "a-to-b":
        return ipv4(17, GENERATOR, REFLECTOR, udp(port, ECHO_PORT, payload), *fields)
    return ipv4(17, REFLECTOR, GENERATOR, udp(ECHO_PORT, port, payload), *fields)


# ---- The formats


class Sealer:
    """One direction of a case: what lies in the outer IP or UDP payload for packet `number` of `window`."""

    def __init__(self, case, direction):
        self.case = case
        self.index = 1 if direction == "a-to-b" else 2
        self.spi = self.index << 24 | 0x1000
        if case.model == "baseline":
            return
        make, key_bytes = CIPHERS[case.aead]
        random = splitmix64(case.seed + self.index * 0xD1B54A32D192ED03 & MASK)
        key = b"".join(value.to_bytes(8, "little") for value in islice(random, key_bytes // 8))
        self.salt = next(random) & 0xFFFFFFFF
        self.cipher = make(key)

    def seal(self, inner, window, number):
        seal = {"baseline": self.baseline, "esp-single": self.esp, "vpe": self.vpe}[self.case.model]
        return seal(inner, window, number)

    def baseline(self, inner, window, number):
        return inner

    def esp(self, inner, window, number):
        pad = -(len(inner) + 2) % 4
        trailer = bytes(range(1, pad + 1)) + bytes([pad, 41 if self.case.inner_ipv6 else 4])
        spi = struct.pack("!I", self.spi)
        low, whole = struct.pack("!I", number & 0xFFFFFFFF), struct.pack("!Q", number)
        nonce = struct.pack("!I", self.salt) + whole
        additional = spi + (whole if self.case.esn else low)
        return spi + low + whole + self.cipher.encrypt(nonce, inner + trailer, additional)

    def vpe(self, inner, window, number):
        nonce = struct.pack("<HHQ", self.index, window, number)
        sealed = self.cipher.encrypt(nonce, inner, None)
        return nonce + struct.pack("<I", self.spi) + sealed[-16:] + sealed[:-16]

    @property
    def protocol(self):
        bare = 41 if self.case.inner_ipv6 else 4
        return {"baseline": bare, "esp-single": 50, "vpe": self.case.vpe_protocol}[self.case.model]


def black_frame(case, direction, sealer, window, number, ordinal):
    """The whole frame of packet `number` of `window` on the black link, frame `ordinal` of its path."""
    near, far = ("a", "b") if direction == "a-to-b" else ("b", "a")
    path = window % case.paths
    service = class_of(case, path, ordinal) << 5
    inner = inner_packet(case, direction, path, ordinal)
    if case.pad:
        # Traffic-flow confidentiality: zeros up to a multiple, but not beyond 1500 bytes.
        inner = inner.ljust(min(1500, -(-len(inner) // case.pad) * case.pad), b"\0")
    packet = sealer.seal(inner, window, number)
    protocol = sealer.protocol
    if case.udp_port:
        packet, protocol = udp(case.udp_port, case.udp_port, packet), 17
    addresses = BLACK_MAC[far] + BLACK_MAC[near]
    if case.ipv6:
        return addresses + b"\x86\xdd" + ipv6(protocol, GATEWAY6[near], GATEWAY6[far], packet, service)
    return addresses + b"\x08\x00" + ipv4(protocol, GATEWAY[near], GATEWAY[far], packet, service)


# ---- Captures


def captured(path, direction):
    """The frames of one side of a pcapng file (draft-ietf-opsawg-pcapng), either byte order."""
    with open(path, "rb") as file:
        data = file.read()
    order = {"4d3c2b1a": "<", "1a2b3c4d": ">"}.get(data[8:12].hex())
    if order is None or data[:4].hex() != "0a0d0d0a":
        raise Difference(f"{path} is not a pcapng file")
    sides, offset = [], 0
    while offset < len(data):
        if offset + 12 > len(data):
            raise Difference(f"{path} ends within a block")
        kind, length = struct.unpack_from(order + "II", data, offset)
        body = data[offset + 8 : offset + length - 4]
        if length < 12 or length % 4 or offset + length > len(data):
            raise Difference(f"{path} ends within a block")
        if data[offset + length - 4 : offset + length] != data[offset + 4 : offset + 8]:
            raise Difference(f"{path} has a block with two lengths")
        offset += length
        if kind == 1:
            link, name_option, name_length = struct.unpack_from(order + "HxxxxxxHH", body)
            if link != 1 or name_option != 2:
                raise Difference(f"{path} does not hold Ethernet frames of named sides")
            sides.append(body[12 : 12 + name_length].decode())
        elif kind == 6:
            side, _, _, count, whole = struct.unpack_from(order + "5I", body)
            if count != whole or 20 + count > len(body):
                raise Difference(f"{path} holds a frame that was cut off at {count} of {whole} bytes")
            if sides[side] == f"black-{direction}":
                yield body[20 : 20 + count]
        elif kind != 0x0A0D0D0A:
            raise Difference(f"{path} holds a block of kind {kind}")


def window_of(case, frame):
    """Which window a frame says that it is of: only picks what it is compared with."""
    if case.windows == 1:
        return 0
    start = (54 if case.ipv6 else 34) + (8 if case.udp_port else 0) + 2
    window = int.from_bytes(frame[start : start + 2], "little")
    return window if window < case.windows else 0


def next_ordinal(case, window, last):
    """The number on its path of the next frame that is of the window."""
    ordinal = last + 1
    if case.windows > case.paths:
        while class_of(case, window % case.paths, ordinal) != window // case.paths:
            ordinal += 1
    return ordinal


def difference(frame, expected):
    """Where two unequal frames differ, and what stands there."""
    pairs = enumerate(zip(frame, expected))
    offset = next((place for place, (a, b) in pairs if a != b), min(len(frame), len(expected)))
    here, there = (some[offset : offset + 8].hex() or "nothing" for some in (frame, expected))
    return (
        f"offset {offset}: {here} instead of {there} ({len(frame)} bytes, {len(expected)} expected)"
    )


def compare(case, direction, path):
    """Compares the first frames of a capture; returns how many."""
    sealer = Sealer(case, direction)
    last, ordinals = [0] * case.windows, [0] * case.windows
    count = 0
    for frame in captured(path, direction):
        if case.only_ipv4 and frame[12:14] != b"\x08\x00":
            continue
        if case.frames and count == case.frames:
            break
        count += 1
        window = window_of(case, frame)
        last[window] += 1
        ordinals[window] = next_ordinal(case, window, ordinals[window])
        expected = black_frame(case, direction, sealer, window, last[window], ordinals[window])
        if frame != expected:
            raise Difference(
                f"{path}: frame {count} ({direction}, window {window}, number {last[window]}) differs at "
                f"{difference(frame, expected)}"
            )
    if count < (case.frames or 1):
        raise Difference(f"{path} holds {count} frames, {case.frames or 1} are wanted")
    return count


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, choices=["baseline", "esp-single", "vpe"])
    parser.add_argument("--aead", choices=sorted(CIPHERS), help="not for the baseline")
    parser.add_argument("--seed", required=True, type=lambda text: int(text, 0))
    parser.add_argument("--frame-bytes", required=True, type=int, help="with the frame check sequence")
    parser.add_argument("--flows", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2, help="of a gateway, both directions together")
    parser.add_argument("--classes", type=int, default=1, help="of traffic; in vpe a window for each")
    parser.add_argument("--pad", type=int, default=0, help="inner packets are padded to multiples of it")
    parser.add_argument("--esn", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--udp-port", type=int, help="where sealed packets are carried in UDP")
    parser.add_argument("--ipv6", action="store_true", help="where the outer packet is one of IPv6")
    parser.add_argument("--inner-ipv6", action="store_true", help="where the inner packet is one of IPv6")
    parser.add_argument("--vpe-protocol", type=int, default=50)
    parser.add_argument("--frames", type=int, help="how many frames of each side to compare; all of them")
    parser.add_argument("--only-ipv4", action="store_true", help="leave out frames that a kernel put between")
    parser.add_argument("capture")
    case = parser.parse_args()
    if (case.aead is None) != (case.model == "baseline"):
        parser.error("--aead is for esp-single and vpe, which need it")
    case.paths = max(case.threads // 2, 1)
    # Of several classes each has as many windows as there are paths.
    case.windows = case.paths * case.classes if case.model == "vpe" else 1
    return case


def main():
    case = arguments()
    try:
        counts = [compare(case, direction, case.capture) for direction in ("a-to-b", "b-to-a")]
    except (Difference, OSError) as error:
        sys.exit(f"black_side.py: {error}")
    print(f"{case.model}: {counts[0]} frames from A to B and {counts[1]} from B to A are as computed")


if __name__ == "__main__":
    main()
