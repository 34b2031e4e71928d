"""Seals what it is asked to, independently of the product's Swift: RFC 4303, 4106 and 7634, VPE (paper,
Figure 3), WireGuard (whitepaper, 5.4.6) and PSP (google/psp), over the package `cryptography`.

Reads a JSON object a line and answers each with a line of hexadecimal digits.

  {"format": "aead", "aead", "key", "nonce", "additional", "plaintext"}          ciphertext and tag
  {"format": "esp", "aead", "key", "spi", "salt", "extended", "sequence", "inner"}     the ESP packet
  {"format": "vpe", "aead", "key", "spi", "sender", "window", "sequence", "inner"}     the VPE packet
  {"format": "wireguard", "aead", "key", "spi", "sequence", "inner"}                  the data packet
  {"format": "psp", "aead", "key", "spi", "sequence", "inner"}                        the PSP packet
  {"format": "psp-derive", likewise}           the same under a key derived from a master key of 32 bytes
  {"format": "eesp-subsa", "aead", "key", "spi", "window", "sequence", "inner"}
                             the EESP packet (draft-ietf-ipsecme-eesp-04) under a root key of 32 bytes
  {"format": "ladder-a" to "ladder-e", "aead", "key", "spi", "salt", "sequence", "inner"}
  {"format": "esp-implicit-iv", likewise}                                  RFC 8750, extended numbers
  {"format": "esp-senders" or "esp-sender-windows", likewise, "sender"}    RFC 6054, IDs of 16 bits
  {"format": "esp-transport", "vpe-transport-a", "vpe-transport-b", ...}   the IP packet in transport mode
                             (RFC 4303, 3.1.1; docs/vpe-transport.md), extended numbers
"""

import json
import sys
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

import derived

CIPHERS = {
    "aes-128-gcm": AESGCM,
    "aes-192-gcm": AESGCM,
    "aes-256-gcm": AESGCM,
    "chacha20-poly1305": ChaCha20Poly1305,
}
NEXT_HEADER = {4: 4, 6: 41}


@cache
def cipher(name, key):
    return CIPHERS[name](bytes.fromhex(key))


def aead(question):
    nonce, additional, plaintext = (
        bytes.fromhex(question[name]) for name in ("nonce", "additional", "plaintext")
    )
    return cipher(question["aead"], question["key"]).encrypt(nonce, plaintext, additional or None)


def esp(question):
    inner = bytes.fromhex(question["inner"])
    spi = question["spi"].to_bytes(4, "big")
    salt = question["salt"].to_bytes(4, "big")
    number = question["sequence"].to_bytes(8, "big")
    low = number[4:]

    pad = 0
    while (len(inner) + pad + 2) % 4 != 0:
        pad += 1
    trailer = bytes(range(1, pad + 1)) + bytes([pad, NEXT_HEADER[inner[0] >> 4]])
    additional = spi + (number if question["extended"] else low)
    sealed = cipher(question["aead"], question["key"]).encrypt(salt + number, inner + trailer, additional)
    return spi + low + number + sealed


def vpe(question):
    inner = bytes.fromhex(question["inner"])
    nonce = (
        question["sender"].to_bytes(2, "little")
        + question["window"].to_bytes(2, "little")
        + question["sequence"].to_bytes(8, "little")
    )
    sealed = cipher(question["aead"], question["key"]).encrypt(nonce, inner, None)
    ciphertext, icv = sealed[:-16], sealed[-16:]
    return nonce + question["spi"].to_bytes(4, "little") + icv + ciphertext


def wireguard(question):
    inner = bytes.fromhex(question["inner"])
    counter = (question["sequence"] - 1).to_bytes(8, "little")
    plain = inner + bytes(-len(inner) % 16)
    sealed = cipher(question["aead"], question["key"]).encrypt(bytes(4) + counter, plain, None)
    return bytes([4, 0, 0, 0]) + question["spi"].to_bytes(4, "little") + counter + sealed


def psp(question):
    inner = bytes.fromhex(question["inner"])
    version = {"aes-128-gcm": 0, "aes-256-gcm": 1}[question["aead"]]
    nonce = question["spi"].to_bytes(4, "big") + question["sequence"].to_bytes(8, "big")
    header = bytes([NEXT_HEADER[inner[0] >> 4], 1, 0, version << 2 | 1]) + nonce
    return header + cipher(question["aead"], question["key"]).encrypt(nonce, inner, header)


def psp_derive(question):
    version = {"aes-128-gcm": 0, "aes-256-gcm": 1}[question["aead"]]
    key = derived.psp_key(bytes.fromhex(question["key"]), version, question["spi"])
    return psp(question | {"key": key.hex()})


def eesp(question):
    inner = bytes.fromhex(question["inner"])
    session = question.get("window", 0)
    key, salt = derived.eesp_key(bytes.fromhex(question["key"]), session, question["aead"])
    number = question["sequence"].to_bytes(8, "big")
    header = bytes([0x80, 0]) + session.to_bytes(2, "big") + question["spi"].to_bytes(4, "big") + number
    plain = inner + bytes(-len(inner) % 4)
    return header + cipher(question["aead"], key.hex()).encrypt(salt + number, plain, header)


def with_trailer(inner):
    pad = -(len(inner) + 2) % 4
    return inner + bytes(range(1, pad + 1)) + bytes([pad, NEXT_HEADER[inner[0] >> 4]])


def ladder(question):
    rung = question["format"][-1]
    inner = bytes.fromhex(question["inner"])
    spi, salt = (question[name].to_bytes(4, "big") for name in ("spi", "salt"))
    number = question["sequence"].to_bytes(8, "big")
    additional = spi + number if rung == "a" else None
    plain = with_trailer(inner) if rung in "abc" else inner
    sealed = cipher(question["aead"], question["key"]).encrypt(salt + number, plain, additional)
    if rung in "ab":
        return spi + number[4:] + number + sealed
    if rung in "cd":
        return salt + number + spi + sealed
    return salt + number + spi + sealed[-16:] + sealed[:-16]


def esp_implicit_iv(question):
    inner = bytes.fromhex(question["inner"])
    spi, salt = (question[name].to_bytes(4, "big") for name in ("spi", "salt"))
    number = question["sequence"].to_bytes(8, "big")
    sealed = cipher(question["aead"], question["key"]).encrypt(
        salt + number, with_trailer(inner), spi + number
    )
    return spi + number[4:] + sealed


def esp_senders(question):
    inner = bytes.fromhex(question["inner"])
    spi, salt, low = (
        (question[name] % 2**32).to_bytes(4, "big") for name in ("spi", "salt", "sequence")
    )
    iv = (question["sender"] << 48 | question["sequence"]).to_bytes(8, "big")
    sealed = cipher(question["aead"], question["key"]).encrypt(salt + iv, with_trailer(inner), spi + low)
    return spi + low + iv + sealed


def moved(inner, sealed):
    """An inner packet's IP header before what has been made of its payload, with IPv4's checksum anew."""
    size = {4: 20, 6: 40}[inner[0] >> 4]
    header = bytearray(inner[:size])
    if size == 40:
        header[4:6], header[6] = len(sealed).to_bytes(2, "big"), 50
    else:
        header[2:4], header[9], header[10:12] = (size + len(sealed)).to_bytes(2, "big"), 50, bytes(2)
        total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, size, 2))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        header[10:12] = (total ^ 0xFFFF).to_bytes(2, "big")
    return bytes(header) + sealed


def payload(inner):
    """The payload, and what it is."""
    return (inner[20:], inner[9]) if inner[0] >> 4 == 4 else (inner[40:], inner[6])


def esp_transport(question):
    inner = bytes.fromhex(question["inner"])
    plain, following = payload(inner)
    spi, salt = (question[name].to_bytes(4, "big") for name in ("spi", "salt"))
    number = question["sequence"].to_bytes(8, "big")
    pad = -(len(plain) + 2) % 4
    plain += bytes(range(1, pad + 1)) + bytes([pad, following])
    sealed = cipher(question["aead"], question["key"]).encrypt(salt + number, plain, spi + number)
    return moved(inner, spi + number[4:] + number + sealed)


def vpe_transport(question):
    inner = bytes.fromhex(question["inner"])
    plain, following = payload(inner)
    number = question["sequence"].to_bytes(8, "little")
    if question["format"][-1] == "a":
        number = number[:7] + bytes([following])
    else:
        plain = bytes([following, 0, 0, 0]) + plain
    ids = b"".join(question[name].to_bytes(2, "little") for name in ("sender", "window"))
    sealed = cipher(question["aead"], question["key"]).encrypt(ids + number, plain, None)
    spi = question["spi"].to_bytes(4, "little")
    return moved(inner, ids + number + spi + sealed[-16:] + sealed[:-16])


FORMATS = {"aead": aead, "esp": esp, "vpe": vpe, "wireguard": wireguard, "psp": psp}
FORMATS |= {f"ladder-{rung}": ladder for rung in "abcde"}
FORMATS |= {"esp-senders": esp_senders, "esp-sender-windows": esp_senders}
FORMATS |= {"esp-transport": esp_transport}
FORMATS |= {f"vpe-transport-{proposal}": vpe_transport for proposal in "ab"}
FORMATS |= {"esp-implicit-iv": esp_implicit_iv, "psp-derive": psp_derive, "eesp-subsa": eesp}


def main():
    questions = map(json.loads, sys.stdin)
    sys.stdout.writelines(FORMATS[question["format"]](question).hex() + "\n" for question in questions)


main()
