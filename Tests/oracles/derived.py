"""Keys that are derived, independently of the product's Swift, over the package `cryptography`."""

from functools import cache

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = {"aes-128-gcm": 16, "aes-192-gcm": 24, "aes-256-gcm": 32, "chacha20-poly1305": 32}


@cache
def psp_key(master, version, spi):
    """PSP's key of an SPI (google/psp): AES-256-CMAC, a block for each 16 bytes."""
    key = b""
    for counter in range(1, version + 2):
        label = b"\x00\x00\x00" + bytes([counter]) + b"Pv" + b"01"[version : version + 1] + b"\x00"
        mac = CMAC(AES(master))
        mac.update(label + spi.to_bytes(4, "big") + (128 << version).to_bytes(4, "big"))
        key += mac.finalize()
    return key


@cache
def eesp_key(root, session, aead):
    """Key and salt of a Sub SA (draft-ietf-ipsecme-eesp-04, section 5)."""
    count = KEY_BYTES[aead]
    text = HKDFExpand(SHA256(), count + 4, session.to_bytes(2, "big")).derive(root)
    return text[:count], text[count:]
