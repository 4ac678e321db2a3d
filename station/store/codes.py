"""Codes of people: six characters of Crockford base 32, the sixth a check character, so that a slip of the pen finds nobody."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAYLOAD = 5


def new_code() -> str:
    """`K7M3Q1`; payloads whose check symbol is none of the 32 characters are drawn again."""
    while True:
        payload = "".join(secrets.choice(ALPHABET) for _ in range(PAYLOAD))
        check = _check(payload)
        if check is not None:
            return payload + check


def read_code(text: str) -> str | None:
    """The code a person typed (any case, with or without dash; I and L are 1, O is 0), None when the check does not fit."""
    plain = text.strip().upper().replace("-", "").replace(" ", "").translate(str.maketrans("ILO", "110"))
    if len(plain) != PAYLOAD + 1 or any(c not in ALPHABET for c in plain):
        return None
    return plain if _check(plain[:PAYLOAD]) == plain[PAYLOAD] else None


def show_code(code: str) -> str:
    """In two groups, as it is read aloud: `K7M-3Q1`."""
    return f"{code[:3]}-{code[3:]}"


def _check(payload: str) -> str | None:
    value = 0
    for char in payload:
        value = value * 32 + ALPHABET.index(char)
    rest = value % 37
    return ALPHABET[rest] if rest < 32 else None
