"""Seals and opens whole ESP packets with Scapy, which others wrote, outer headers included.

Reads a JSON object a line and answers each with a line of hexadecimal digits.

  {"do": "seal", ..., "packet": inner IP packet}        the outer IP packet
  {"do": "open", ..., "packet": outer IP packet}        the inner IP packet, or why Scapy refuses it

where ... is "aead", "key", "spi", "salt", "extended", "sequence", "outer": 4 or 6, "udp_port" or none.
"""

import json
import sys

from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation

conf.logLevel = 40
ALGORITHMS = {
    "aes-128-gcm": "AES-GCM",
    "aes-192-gcm": "AES-GCM",
    "aes-256-gcm": "AES-GCM",
    "chacha20-poly1305": "CHACHA20-POLY1305",
}
OUTER = {
    4: IP(src="192.0.2.1", dst="192.0.2.2"),
    6: IPv6(src="2001:db8::1", dst="2001:db8::2"),
}


def ip(packet):
    return {4: IP, 6: IPv6}[packet[0] >> 4](packet)


def answer(question):
    number, port = question["sequence"], question.get("udp_port")
    esn = {"esn_en": question["extended"], "esn": number >> 32}
    association = SecurityAssociation(
        ESP,
        spi=question["spi"],
        crypt_algo=ALGORITHMS[question["aead"]],
        crypt_key=bytes.fromhex(question["key"]) + question["salt"].to_bytes(4, "big"),
        tunnel_header=OUTER[question["outer"]],
        nat_t_header=UDP(sport=port, dport=port) if port else None,
        **esn,
    )
    packet = bytes.fromhex(question["packet"])
    if question["do"] == "open":
        try:
            return bytes(association.decrypt(ip(packet), verify=True, **esn)).hex()
        except IPSecIntegrityError as error:
            return f"refused: {error}"
    # Not as an argument of encrypt(), which takes 0 for none.
    association.seq_num = number & 0xFFFF_FFFF
    return bytes(association.encrypt(ip(packet), iv=number.to_bytes(8, "big"), **esn)).hex()


for line in sys.stdin:
    print(answer(json.loads(line)))
