"""Puts the outer fragments of a capture together by Scapy, which others wrote, as their receiver does.

  reassemble_scapy.py FROM.pcapng TO.pcap

Prints how many frames there were, and how many packets there are.
"""

import sys

from scapy.config import conf
from scapy.layers.inet import IP, defragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, defragment6
from scapy.layers.l2 import Ether
from scapy.utils import rdpcap, wrpcap

conf.logLevel = 40
conf.use_pcap = False


def whole(packets):
    """The packets that those of one version are fragments of, and those that are none."""
    if IP in packets[0]:
        return list(defragment([packet[IP] for packet in packets]))
    parts = {}
    for packet in packets:
        part = packet.getlayer(IPv6ExtHdrFragment)
        key = (packet[IPv6].src, part.id) if part else len(parts)
        parts.setdefault(key, []).append(packet[IPv6])
    return [defragment6(part) if IPv6ExtHdrFragment in part[0] else part[0] for part in parts.values()]


frames = rdpcap(sys.argv[1])
packets = whole(frames)
wrpcap(sys.argv[2], [Ether(dst="02:00:00:00:00:04", src="02:00:00:00:00:03") / packet for packet in packets])
print(len(frames), len(packets))
