"""Tables as CSV, the only place that writes one: numbers stay numbers, and no text can act as a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

TRIGGERS = "=+-@\t\r\n\0|%"  # OWASP ASVS 1.2.10, and pipe and percent


def safe(value: Any) -> Any:
    """One cell. None and NaN become empty; text that a spreadsheet would run gets an apostrophe before it; numbers are left alone."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        text = value.replace("\0", "")
        return f"'{text}" if value[:1] in tuple(TRIGGERS) or text.strip()[:1] in tuple(TRIGGERS) else text
    if isinstance(value, bool):
        return int(value)
    return value


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8, decimal point, LF. Floats are written so that reading them gives the very same number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode()
