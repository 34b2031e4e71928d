"""Opens sealed packets independently of the product's Swift: RFC 4303 and 4106, VPE (paper, Figure 3),
WireGuard, PSP and EESP (draft-ietf-ipsecme-eesp-04).

usage: open_packets.py FILE

FILE holds a JSON object a line:

  {"format": "esp", "aead", "key", "salt", "sequence_high", "extended", "packet"}
  {"format": "vpe", "aead", "key", "packet"}
  {"format": "wireguard", "aead", "key", "packet"}
  {"format": "psp", "aead", "key", "packet"}
  {"format": "psp-derive", "aead", "key", "packet"}      the key is a master key
  {"format": "eesp-subsa", "aead", "key", "packet"}      the key is a root key
  {"format": "esp-senders" or "esp-sender-windows", "aead", "key", "salt", "packet"}
  {"format": "esp-transport", likewise, "sequence_high"}      the whole IP packet, IPv4 (RFC 4303, 3.1.1)
  {"format": "vpe-transport-a" or "vpe-transport-b", "aead", "key", "packet"}       docs/vpe-transport.md

Prints for each a line: SPI, sequence number, for VPE Sender ID and Window ID, for EESP the Session ID, for
ESP of many senders the Sender ID, and the inner packet in hexadecimal digits. Ends with status 1 at the first
packet that does not authenticate.
"""

import json
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

import derived

CIPHERS = {
    "aes-128-gcm": AESGCM,
    "aes-192-gcm": AESGCM,
    "aes-256-gcm": AESGCM,
    "chacha20-poly1305": ChaCha20Poly1305,
}


def esp(question, cipher, packet):
    spi, low, iv = packet[0:4], packet[4:8], packet[8:16]
    high = question["sequence_high"].to_bytes(4, "big")
    additional = spi + high + low if question["extended"] else spi + low
    plain = cipher.decrypt(bytes.fromhex(question["salt"]) + iv, packet[16:], additional)
    pad = plain[-2]
    if plain[-2 - pad : -2] != bytes(range(1, pad + 1)) or plain[-1] not in (4, 41):
        sys.exit("bad trailer")
    sequence = int.from_bytes(high + low, "big")
    return f"{int.from_bytes(spi, 'big')} {sequence} {plain[: -2 - pad].hex()}"


def vpe(_, cipher, packet):
    sender, window, sequence, spi = (
        int.from_bytes(packet[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 12), (12, 16))
    )
    inner = cipher.decrypt(packet[0:12], packet[32:] + packet[16:32], None)
    return f"{spi} {sequence} {sender} {window} {inner.hex()}"


def wireguard(_, cipher, packet):
    if packet[:4] != bytes([4, 0, 0, 0]):
        sys.exit("no data packet")
    receiver, counter = int.from_bytes(packet[4:8], "little"), int.from_bytes(packet[8:16], "little")
    plain = cipher.decrypt(bytes(4) + packet[8:16], packet[16:], None)
    length = int.from_bytes(plain[2:4], "big")
    if any(plain[length:]) or len(plain) % 16:
        sys.exit("bad padding")
    return f"{receiver} {counter + 1} {plain[:length].hex()}"


def psp(_, cipher, packet):
    inner = cipher.decrypt(packet[4:16], packet[16:], packet[:16])
    if packet[0] != {4: 4, 6: 41}[inner[0] >> 4]:
        sys.exit("bad next header")
    return f"{int.from_bytes(packet[4:8], 'big')} {int.from_bytes(packet[8:16], 'big')} {inner.hex()}"


def eesp(_, cipher, packet):
    # The cipher comes with its salt.
    cipher, salt = cipher
    if packet[0] != 0x80 or packet[1] != 0:
        sys.exit("no EESP packet without options")
    plain = cipher.decrypt(salt + packet[8:16], packet[16:], packet[:16])
    length = int.from_bytes(plain[2:4], "big")
    if any(plain[length:]) or len(plain) - length > 3:
        sys.exit("bad padding")
    numbers = [int.from_bytes(packet[a:b], "big") for a, b in ((4, 8), (8, 16), (2, 4))]
    return " ".join(map(str, numbers)) + f" {plain[:length].hex()}"


def esp_senders(question, cipher, packet):
    sender, count = int.from_bytes(packet[8:10], "big"), int.from_bytes(packet[10:16], "big")
    as_esp = esp(question | {"extended": False, "sequence_high": 0}, cipher, packet).split()
    return f"{as_esp[0]} {count} {sender} {as_esp[2]}"


def restored(packet, payload, following):
    """The IPv4 packet before its payload was sealed; the header must be right as it arrived."""
    header = bytearray(packet[:20])
    if header[0] != 0x45 or int.from_bytes(header[2:4], "big") != len(packet) or header[9] != 50:
        sys.exit("bad IP header")
    if checksum(header) != 0:
        sys.exit("bad checksum")
    header[2:4], header[9], header[10:12] = (20 + len(payload)).to_bytes(2, "big"), following, bytes(2)
    header[10:12] = checksum(header).to_bytes(2, "big")
    return bytes(header) + payload


def checksum(header):
    total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, len(header), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def esp_transport(question, cipher, packet):
    spi, low, iv = packet[20:24], packet[24:28], packet[28:36]
    high = question["sequence_high"].to_bytes(4, "big")
    additional = spi + high + low if question["extended"] else spi + low
    plain = cipher.decrypt(bytes.fromhex(question["salt"]) + iv, packet[36:], additional)
    pad = plain[-2]
    if plain[-2 - pad : -2] != bytes(range(1, pad + 1)):
        sys.exit("bad trailer")
    inner = restored(packet, plain[: -2 - pad], plain[-1])
    return f"{int.from_bytes(spi, 'big')} {int.from_bytes(high + low, 'big')} {inner.hex()}"


def vpe_transport(question, cipher, packet):
    header = packet[20:52]
    plain = cipher.decrypt(header[:12], packet[52:] + header[16:], None)
    number, following = int.from_bytes(header[4:12], "little"), header[11]
    if question["format"][-1] == "a":
        number &= 2**56 - 1
    else:
        following, rest, plain = plain[0], plain[1:4], plain[4:]
        if any(rest):
            sys.exit("bad next header")
    sender, window, spi = (int.from_bytes(header[a:b], "little") for a, b in ((0, 2), (2, 4), (12, 16)))
    return f"{spi} {number} {sender} {window} {restored(packet, plain, following).hex()}"


def make_cipher(question, packet):
    secret, kind = bytes.fromhex(question["key"]), CIPHERS[question["aead"]]
    if question["format"] == "psp-derive":
        version = {"aes-128-gcm": 0, "aes-256-gcm": 1}[question["aead"]]
        return kind(derived.psp_key(secret, version, int.from_bytes(packet[4:8], "big")))
    if question["format"] == "eesp-subsa":
        key, salt = derived.eesp_key(secret, int.from_bytes(packet[2:4], "big"), question["aead"])
        return kind(key), salt
    return kind(secret)


FORMATS = {"esp": esp, "vpe": vpe, "wireguard": wireguard, "psp": psp, "psp-derive": psp, "eesp-subsa": eesp}
FORMATS |= {"esp-senders": esp_senders, "esp-sender-windows": esp_senders}

FORMATS |= {"esp-transport": esp_transport}
FORMATS |= {f"vpe-transport-{proposal}": vpe_transport for proposal in "ab"}


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            question = json.loads(line)
            packet = bytes.fromhex(question["packet"])
            cipher = make_cipher(question, packet)
            try:
                opened = FORMATS[question["format"]](question, cipher, packet)
            except InvalidTag:
                sys.exit(f"packet {number} does not authenticate")
            print(opened)


main()
