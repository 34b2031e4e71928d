"""Carries headers across a tunnel without a format, by means of Scapy, which others wrote, and independently
of the product's Swift: RFC 2003 and RFC 4213 (the outer protocol), RFC 4301 section 5.1.2 (DSCP, hops),
RFC 6040 section 4 (ECN), RFC 4301 section 5.2 (the addresses of what is opened).

  tunnel_fields.py FILE     answers each JSON object, one a line, with a line: hexadecimal digits, or a reason

  {"do": "seal", "outer": 4 or 6, "hop": whether gateways are hops, "packet": inner packet}   the outer packet
  {"do": "open", "hop": ..., "from": prefix or null, "to": prefix or null, "packet": outer}  the inner packet
"""

import ipaddress
import json
import sys

from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6

NOT_ECT, ECT1, ECT0, CE = range(4)
# RFC 6040, Figure 4: by inner, then by outer field.
FIGURE_4 = {
    NOT_ECT: {NOT_ECT: NOT_ECT, ECT0: NOT_ECT, ECT1: NOT_ECT, CE: "not_ect"},
    ECT0: {NOT_ECT: ECT0, ECT0: ECT0, ECT1: ECT1, CE: CE},
    ECT1: {NOT_ECT: ECT1, ECT0: ECT1, ECT1: ECT1, CE: CE},
    CE: {NOT_ECT: CE, ECT0: CE, ECT1: CE, CE: CE},
}


def ip(packet):
    return {4: IP, 6: IPv6}[packet[0] >> 4](packet)


def service(packet):
    return packet.tos if packet.version == 4 else packet.tc


def set_service(packet, value):
    if packet.version == 4:
        packet.tos = value
        del packet.chksum
    else:
        packet.tc = value


def take_hop(packet):
    """Whether the packet may go on."""
    name = "ttl" if packet.version == 4 else "hlim"
    hops = getattr(packet, name)
    if hops <= 1:
        return False
    setattr(packet, name, hops - 1)
    if packet.version == 4:
        del packet.chksum
    return True


def seal(question):
    inner = ip(bytes.fromhex(question["packet"]))
    if question["hop"] and not take_hop(inner):
        return "expired"
    outer = (
        IP(src="192.0.2.1", dst="192.0.2.2", flags="DF", id=0)
        if question["outer"] == 4
        else IPv6(src="2001:db8::1", dst="2001:db8::2")
    )
    if question["hop"]:
        # Scapy has the checksum of a packet that was not dissected still to be computed.
        setattr(outer, "tos" if outer.version == 4 else "tc", service(inner))
    return bytes(outer / inner).hex()


def opened(question):
    outer = ip(bytes.fromhex(question["packet"]))
    inner = outer.payload
    announced = outer.proto if outer.version == 4 else outer.nh
    if announced != {IP: 4, IPv6: 41}.get(type(inner)):
        return "inner_version"
    for field, prefix in [("src", question["from"]), ("dst", question["to"])]:
        if prefix is None:
            continue
        address, network = ipaddress.ip_address(getattr(inner, field)), ipaddress.ip_network(prefix)
        if address.version != network.version or address not in network:
            return "selector"
    if question["hop"]:
        combined = FIGURE_4[service(inner) & 3][service(outer) & 3]
        if combined == "not_ect":
            return combined
        set_service(inner, service(inner) & 0xFC | combined)
        if not take_hop(inner):
            return "expired"
    return bytes(inner).hex()


ANSWERS = {"seal": seal, "open": opened}
with open(sys.argv[1]) as questions:
    for line in questions:
        question = json.loads(line)
        print(ANSWERS[question["do"]](question))
