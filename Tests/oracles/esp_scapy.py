"""Seals ESP packets with Scapy, an encoder that others wrote. Questions and answers are those of formats.py
for "esp"; only AES-GCM, and only IPv4 within.
"""

import json
import sys

from scapy.layers.inet import IP
from scapy.layers.ipsec import ESP, SecurityAssociation


def esp(question):
    key, salt = bytes.fromhex(question["key"]), question["salt"].to_bytes(4, "big")
    number = question["sequence"]
    association = SecurityAssociation(
        ESP,
        spi=question["spi"],
        crypt_algo="AES-GCM",
        crypt_key=key + salt,
        tunnel_header=IP(src="192.0.2.1", dst="192.0.2.2"),
        esn_en=question["extended"],
        esn=number >> 32,
    )
    # Not as an argument of encrypt(), which takes 0 for none.
    association.seq_num = number & 0xFFFF_FFFF
    outer = association.encrypt(
        IP(bytes.fromhex(question["inner"])),
        iv=number.to_bytes(8, "big"),
        esn_en=question["extended"],
        esn=number >> 32,
    )
    return bytes(outer[ESP])


for line in sys.stdin:
    print(esp(json.loads(line)).hex())
