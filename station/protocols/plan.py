"""One trial of a run as it was planned: protocol, condition, side, length. What a recording's header carries of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from station.core.results import Condition
from station.protocols.loader import load_protocol
from station.protocols.model import Protocol


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """seconds: length or cap in force (the protocol's, or what a person chose). side: the standing leg asked for, "" when the lift decides.

    window: "phases" (step-on to end), or "file" (everything there is, no zero, no phases)
    """

    protocol: Protocol
    condition: Condition
    seconds: float
    side: str = ""
    index: int = 0
    of: int = 1
    attempt: int = 1
    window: str = "phases"

    def to_header(self) -> dict[str, Any]:
        """JSON-able; `from_header` gives the same plan back, the protocol parsed from its stored text."""
        protocol = self.protocol
        return {
            "protocol": {
                "id": protocol.id,
                "version": protocol.version,
                "sha256": protocol.sha256,
                "text": protocol.text,
                "origin": protocol.origin,
            },
            "kind": protocol.phase.kind,
            "condition": self.condition.to_json(),
            "seconds": self.seconds,
            "side": self.side,
            "index": self.index,
            "of": self.of,
            "attempt": self.attempt,
            "window": self.window,
        }

    @staticmethod
    def from_header(header: Mapping[str, Any]) -> TrialPlan:
        """Raises SettingsError when the stored text is no protocol of this version."""
        stored = header["protocol"]
        return TrialPlan(
            load_protocol(str(stored["text"]), str(stored.get("origin", "")) or str(stored["id"])),
            Condition.from_json(header["condition"]),
            float(header["seconds"]),
            str(header["side"]),
            int(header["index"]),
            int(header.get("of", 1)),
            int(header["attempt"]),
            str(header.get("window", "phases")),
        )
