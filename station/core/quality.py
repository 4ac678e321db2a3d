"""The machine's verdict on a trial: valid, usable (named reservations) or reject (no sway values), each reason with its number.

Thresholds are own unless said. Timing and counting go on where sway is rejected; nothing is deleted.
"""

from __future__ import annotations

from station.core.board_checks import EVERY_TRIAL
from station.core.judged import REJECT, Judged, valid_pct
from station.core.results import Quality
from station.core.stance_checks import SWAY_ONLY, noise_share

__all__ = ["Judged", "judge", "noise_share", "valid_pct"]


def judge(judged: Judged) -> Quality:
    """The verdict with every reason that fired, the rejecting ones first."""
    checks = EVERY_TRIAL + (SWAY_ONLY if judged.is_sway else ())
    reasons = [found for check in checks for found in check(judged)]
    reasons.sort(key=lambda found: found[0] != REJECT)
    verdict = reasons[0][0] if reasons else "valid"
    return Quality(verdict, tuple(words for _, words in reasons), valid_pct(judged.window), judged.flags_by_cell, judged.rate_hz)
