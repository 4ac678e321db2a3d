"""The staff PIN (only its scrypt hash is kept) and the tokens of shared links (only their SHA-256 is kept)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from station.store.places import PIN

PIN_DIGITS = 6
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1


def make_pin(folder: Path) -> str | None:
    """A new PIN at the first start, None when there is one already. The file is readable by the group: the pages check it."""
    path = folder / PIN
    if path.exists():
        return None
    pin = "".join(str(secrets.randbelow(10)) for _ in range(PIN_DIGITS))
    salt = secrets.token_bytes(16)
    document = {"salt": salt.hex(), "hash": _hash(pin, salt).hex()}
    fresh = path.with_name(f"{PIN}.new")  # a half-written file would lock everybody out
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    return pin


def verify_pin(folder: Path, pin: str) -> bool:
    """Slow on purpose (scrypt); False also when there is no PIN yet."""
    try:
        document = json.loads((folder / PIN).read_text("utf-8"))
        salt, kept = bytes.fromhex(document["salt"]), bytes.fromhex(document["hash"])
    except (OSError, ValueError, KeyError):
        return False
    return hmac.compare_digest(_hash(pin, salt), kept)


def new_token() -> tuple[str, str]:
    """(token for the link, its SHA-256 for the database): 128 bits nobody guesses."""
    token = secrets.token_urlsafe(16)
    return token, token_digest(token)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
