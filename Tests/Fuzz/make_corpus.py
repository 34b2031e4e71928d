"""Writes the seeds of the fuzzers, from the vectors of VPE and from files of this repository.

  make_corpus.py [FOLDER]     FOLDER/TARGET/NAME; the standard is the folder `corpus` beside this script

Seeds are few and small: libFuzzer finds the rest. What the first bytes of an input mean is told in the
fuzzers: OpenFuzzer.swift, DecodeFuzzer.swift, TextFuzzer.swift.

A seed that copies a descriptor, an inventory or a run's file is a file of its own from then on: it is written
only where there is none, so that the corpus does not change with what it was copied from. Remove it to have
it copied anew. All else comes out the same, byte for byte, whenever this runs.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
INNER4 = bytes.fromhex("450000140000400040fdadc5c6120001c6130001")
INNER6 = bytes.fromhex("6000000000" "0b" "3b40") + bytes(32)
# How many formats of tunnels and of groups the second byte of `open` chooses between.
OTHERS = 15
ETHERNET = bytes.fromhex("0200000000020200000000010800")


class Copy(bytes):
    """A seed that is copied from a file of this repository."""


def vectors():
    """A few of the vectors, one of each kind."""
    found = {}
    for vector in json.loads((ROOT / "docs/vpe-vectors.json").read_text())["vectors"]:
        if len(vector["packet"]) < 300:
            kind = (vector["aead"], vector["udp_port"] is None, vector["opens"], vector["inner"][:1])
            found.setdefault(kind, vector)
    return list(found.values())[:16]


def open_seeds():
    """Choice: format 1, ESN 2, cipher 4 and 8, kind 16 and 32, UDP 64, right checksum 128."""
    for number, vector in enumerate(vectors()):
        udp = 0 if vector["udp_port"] is None else 64
        yield f"frame-{number}", bytes([0x81 | udp]) + ETHERNET + bytes.fromhex(vector["outer"])
        yield f"packet-{number}", b"\x11" + bytes.fromhex(vector["packet"])
    # In transport mode: the last three of all formats beside ESP and VPE.
    for index in range(OTHERS, OTHERS + 3):
        for name, inner in [("4", INNER4), ("6", INNER6)]:
            yield f"transport-{index}-{name}", bytes([0x13, index, 1, 40, 0, 4, 0]) + inner
        yield f"transport-{index}-sum", bytes([0x13, index, 9, 8, 0, 1, 0]) + INNER4
        for name, plain in [("esp", bytes([1, 2, 2, 6])), ("vpe", bytes([6, 0, 0, 0]) + bytes(8))]:
            yield f"transport-{index}-{name}", bytes([0x23, index, 0, 6]) + plain
    packet = bytes.fromhex(vectors()[0]["packet"])
    addresses = bytes.fromhex("20010db8" + "0" * 23 + "1" + "20010db8" + "0" * 23 + "2")
    ipv6 = struct.pack("!IHBB", 0x60000000, len(packet), 50, 64) + addresses + packet
    yield "frame6", b"\x01" + ETHERNET[:12] + b"\x86\xdd" + ipv6
    for choice in range(16):
        change = struct.pack("<BHBb", 1, choice * 5, 1 << choice % 8, 0)
        inner = INNER4 if choice % 3 else INNER6
        yield f"forged-{choice}", bytes([0x20 | choice | (choice & 1) << 6]) + change + inner
    for name, plain in [
        ("4", INNER4 + bytes([1, 2, 2, 4])),
        ("6", INNER6 + bytes([1, 2, 2, 41])),
        ("long", INNER4 + bytes(range(1, 11)) + bytes([10, 4])),
        ("dummy", bytes([0] * 10 + [0, 59])),
        ("longer", INNER4 + bytes(range(1, 255)) + bytes([254, 4])),
    ]:
        for choice in (0x30, 0x31, 0x32):
            yield f"within-{name}-{choice:x}", bytes([choice]) + plain


def fragment_seeds():
    """Room, two bytes; then a packet: one that may be cut, one that may not, a piece, one of IPv6."""
    kinds = [("whole", 0, 0x45), ("atomic", 0x4000, 0x45), ("piece", 0x2003, 0x45), ("options", 0, 0x46)]
    for name, field, first in kinds:
        head = struct.pack("!BBHHHBBH", first, 0, 300, 7, field, 64, 17, 0) + INNER4[12:]
        yield name, b"\0\0" + head + bytes(range(256)) + bytes(24)
    yield "six", b"\x30\0" + struct.pack("!IHBB", 0x60000000, 300, 17, 64) + bytes(32) + bytes(300)


def reassembly_seeds():
    """Which packet, field, length; in order, in reverse, doubled, too late, and more than there may be."""
    part = [bytes([1, 8, 16]), bytes([1, 10, 8]), bytes([1, 3, 5])]
    yield "order", b"".join(part)
    yield "reverse", b"".join(reversed(part))
    yield "doubled", part[0] + part[1] + part[0]
    yield "late", part[0] + bytes([0x39, 10, 8]) * 3 + bytes([0x79, 3, 5])
    yield "many", part[0] + bytes([1, 10, 8]) * 7
    yield "packets", b"".join(bytes([number, 8, 16]) for number in range(6))
    yield "far", bytes([0x81, 0x1F, 0xFC, 11, 0x81, 0x3F, 0xFC, 8])
    six = [bytes([5]) + one[1:] for one in part]
    yield "six", b"".join(six)
    yield "six-doubled", six[0] + six[1] + six[0]
    yield "six-far", bytes([0x85, 0x1F, 0xFE, 15, 0x85, 0x1F, 0xFF, 8])
    yield "six-whole", six[0] + bytes([5, 0, 9]) + six[2]
    yield "both", b"".join(one + other for one, other in zip(part, six))


def decode_seeds():
    for number, vector in enumerate(vectors()[:8]):
        outer = bytes.fromhex(vector["outer"])
        yield f"ethernet-{number}", b"\0\0\0" + ETHERNET + outer
        yield f"raw-{number}", b"\1\0\0" + outer
    tagged = ETHERNET[:12] + bytes.fromhex("81000001" "0800") + bytes.fromhex(vectors()[0]["outer"])
    yield "tagged", b"\0\0\0" + tagged
    yield "cut", b"\0\x10\0" + tagged[:-16]
    outer = bytes.fromhex(vectors()[0]["outer"])
    for number, head in enumerate(
        ["00000002", "ff030021", "", "0021", "00000002", "0000" "0001" "0006" "0000000000000000" "0800"]
    ):
        yield f"link-{number}", bytes([2 * number + 3, 0, 0]) + bytes.fromhex(head) + outer
    yield "pppoe", b"\0\0\0" + ETHERNET[:12] + bytes.fromhex("8864" "1100" "0001" "0066" "0021") + outer
    yield "snap", b"\0\0\0" + ETHERNET[:12] + bytes.fromhex("0080" "aaaa03" "000000" "0800") + outer
    for name, number in [("extension", 0), ("routing", 43), ("fragment", 44), ("ah", 51), ("ipip", 4)]:
        head = bytes.fromhex("60000000") + struct.pack(">HBB", 8 + len(outer), number, 64) + bytes(32)
        within = b"" if number == 4 else bytes([4, 0]) + bytes(6)
        yield name, b"\1\0\0" + head + within + outer
    # IKE behind the non-ESP marker, around a packet that is none.
    yield "ike", bytes.fromhex(
        "01000045000078000040004011b671c0000201c00002021194119400645100000000000100aaaaaa00008c07"
        "00000000000000021000e80f00000000000023ce6b724f0e01460b54043e91b0c4c3d768debd1e2b3f9869b0"
        "2c185b69772d0607c78755b4e644a68282828282828282828282828282828282828282828282828282828282"
        "7056012661f20de8572d91e310b8f88622a6079f30"
    )
    yield "inner-6", b"\1\0\0" + bytes.fromhex("6000000000280440") + bytes(32) + INNER4 + bytes(20)


def pcap(frames, link=1, order="<", magic=0xA1B2C3D4):
    """libpcap's own format."""
    text = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for second, frame in enumerate(frames):
        text += struct.pack(order + "IIII", second, 5, len(frame), len(frame)) + frame
    return text


def pcapng(frames):
    """A section, an interface with nanoseconds, a packet each."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    text = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    text += block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0))
    for number, frame in enumerate(frames):
        text += block(6, struct.pack("<IIIII", 0, 0, number, len(frame), len(frame)) + frame)
    return text


def capture_seeds():
    outers = [bytes.fromhex(vector["outer"]) for vector in vectors()[:3]]
    yield "pcap", pcap([ETHERNET + outer for outer in outers])
    yield "pcap-big", pcap([ETHERNET + outer for outer in outers[:1]], order=">", magic=0xA1B23C4D)
    yield "pcap-raw", pcap(outers, link=101)
    yield "pcapng", pcapng([ETHERNET + outer for outer in outers])
    yield "pcap-gzip", gzip.compress(pcap([ETHERNET + outers[0]]), mtime=0)
    yield "pcapng-more", (
        pcapng([ETHERNET + outers[0]])
        + struct.pack(">IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
        + struct.pack(">IIHHII", 1, 20, 101, 0, 40, 20)
        + struct.pack(">III", 3, 56, len(outers[0])) + outers[0][:40] + struct.pack(">I", 56)
        + struct.pack(">IIHHIIII", 2, 72, 0, 0, 0, 5, 40, 40) + outers[0][:40] + struct.pack(">I", 72)
    )  # fmt: skip
    yield "pcap-cut", pcap([ETHERNET + outers[0]])[:-9]
    # A packet of each version in three fragments, the last one first.
    for version, header in [(4, outers[0][:20]), (6, bytes.fromhex("6000000000002c40") + bytes(32))]:
        data, pieces = outers[0][20:], []
        for start, end in [(32, len(data)), (0, 16), (16, 32)]:
            part, more = data[start:end], end < len(data)
            if version == 4:
                place = struct.pack(">HHH", 20 + len(part), 7, more << 13 | start // 8)
                pieces.append(header[:2] + place + header[8:] + part)
            else:
                part = struct.pack(">BBHI", 50, 0, start | more, 7) + part
                pieces.append(header[:4] + struct.pack(">H", len(part)) + header[6:] + part)
        yield f"pcap-fragments-{version}", pcap(pieces, link=101)


def keys_seeds():
    key = bytes(range(16)).hex()
    esp = f'{{format: "esp", spi: 4097, aead: "aes-128-gcm", key: "{key}", salt: "a1a2a3a4"}}'
    vpe = f'{{format: "vpe", spi: 0x1001, aead: "chacha20-poly1305", key: "{key}{key}", sender: 2}}'
    rest = 'vpe_protocol: 253, udp_ports: [4500], note: "test keys"'
    texts = {
        "both": f"{{associations: [{esp}, {vpe}], {rest}}}",
        "twice": f"{{associations: [{esp}, {esp}]}}",
        "unquoted": f"{{associations: [{{key: {key}}}]}}",
        "misplaced": f'{{associations: ["{key}"], spi: "{key}"}}',
        "last": "{associations: [" + esp[:-1] + ', last_sequence: "99", esn: false, window_size: 64}]}',
    }
    texts["more"] = (
        "{associations: [" + esp[:-1] + ', icv_bytes: 8, destination: "192.0.2.1"}, '
        + esp[:-1] + ', icv_bytes: 12, destination: "2001:db8::1", last_sequence: "18446744073709551615"}]}'
    )  # fmt: skip
    return ((name, text.encode()) for name, text in texts.items())


def descriptor_seeds():
    for name in ["figure-5", "smoke", "figure-7", "ports-memif", "figure-6"]:
        text = (ROOT / f"experiments/{name}.json5").read_bytes()
        yield name, Copy(b"0" + text)
        yield f"{name}-quick", Copy(b"1" + text)


def csv_seeds():
    yield "quotes", b'a,"b ""c""",d\r\n1,"2\n3",\r\n'
    yield "mark", b"\xef\xbb\xbfa,b\n,\n"
    yield "one", b'a\n""\n'
    yield "no-quote", b'a\n"x""y"\n'
    case = (
        "case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,",
        "n,vpe,aes-128-gcm,2,64,0,ring,",
    )
    tables = {
        "samples": (
            "sample,started_at,basis,window_seconds,valid,faults,goodput_gbps,frames",
            "0,2026-01-01T00:00:00Z,capacity,1,true,,5.5,1000",
        ),
        "summary": (
            "basis,metric,mean,ci95_low,ci95_high,median,min,max,samples,valid",
            "capacity,goodput_gbps,5,4,6,5,4,6,10,true",
        ),
    }
    for name, (head, row) in tables.items():
        yield name, f"{case[0]}{head}\n{case[1]}{row}\n".encode()
    yield "analysis", (
        b"system,curve,metric,finding,value,status,phase,samples\n"
        b"vpe,c,seal_cycles,period,16,base,2,10\nvpe,c,seal_cycles,expectation,16,found,2,10\n"
    )


def journal_seeds():
    point = {"name": "vpe-64B-2t-0h", "system": "vpe", "aead": "aes128gcm", "threads": 2, "frameBytes": 64}
    point |= {"extraHeadroomBytes": 0, "link": "ring", "axes": {"flows": "64"}}
    counted = ["thread", "core", "received", "transmitted", "dropped", "windowPackets"]
    counted += ["busyCycles", "busyPolls", "emptyPolls", "stalledPolls", "stalledCycles"]
    stage = {"role": "gateway-a", "stage": "seal", "drops": {"replayed": 1}}
    record = {"coordinates": point, "sample": 0, "startedAt": "2026-11-20T13:18:24Z", "basis": "capacity"}
    record |= {"windowSeconds": 0.5, "metrics": {"capacity_gbps": 5.5, "loss_ratio": "nan"}}
    record |= {"counts": {"frames_sent": 9}, "valid": False, "faults": ["A fault."], "launch": 0}
    record |= {"stages": [stage | {name: 1 for name in counted}], "runID": "0123456789abcdef"}
    record |= {"quantiles": {"seal_cycles_per_packet": {"10": 80.5}}}
    line = json.dumps(record).encode() + b"\n"
    yield "whole", line
    yield "torn", line + line[:200]


def inventory_seeds():
    for name in ["four-servers", "six-servers", "slurm"]:
        yield name, Copy((ROOT / f"experiments/testbeds/{name}.json5").read_bytes())


def package_seeds():
    run = ROOT / "results/reference/figure-7/latest"
    yield "run", Copy(b"0" + (run / "datapackage.json").read_bytes())
    yield "environment", Copy(b"1" + (run / "environment.json").read_bytes())
    files = [{"name": "a", "path": "a.csv", "profile": "data-resource", "encoding": "utf-8", "format": "csv"}]
    files[0] |= {"mediatype": "text/csv", "hash": "sha256:" + "0" * 64}
    archive = {"name": "a", "profile": "data-package", "title": "A", "resources": files, "runs": ["x/y"]}
    yield "archive", b"0" + json.dumps(archive | {"packer": {"commit": "1", "gitDirty": False}}).encode()


SEEDS = {
    "open": open_seeds,
    "fragment": fragment_seeds,
    "reassembly": reassembly_seeds,
    "decode": decode_seeds,
    "capture": capture_seeds,
    "keys": keys_seeds,
    "descriptor": descriptor_seeds,
    "csv": csv_seeds,
    "journal": journal_seeds,
    "inventory": inventory_seeds,
    "package": package_seeds,
}

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
for target, seeds in SEEDS.items():
    (folder / target).mkdir(parents=True, exist_ok=True)
    for name, data in seeds():
        path = folder / target / name
        if not (isinstance(data, Copy) and path.exists()):
            path.write_bytes(data)
