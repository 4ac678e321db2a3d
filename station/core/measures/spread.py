"""One trial under every preset: how far definitions and preprocessing alone move a number. Show it, never mix it into a trend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy.typing as npt

from station.core.frames import Frames
from station.core.measures.context import Context
from station.core.measures.prepare import measure_cop, measure_window
from station.core.measures.presets import SETTINGS, known
from station.core.measures.registry import registry
from station.core.results import MeasureValue
from station.core.uncertainty.instrument import Instrument

Spread: TypeAlias = dict[str, dict[str, MeasureValue]]
"""{preset: {key: value}}, presets in the order of `SETTINGS`."""


def measure_all(
    ml_mm: npt.ArrayLike, ap_mm: npt.ArrayLike, fs_hz: float, only: Iterable[str] | None = None, context: Context | None = None
) -> Spread:
    """`measure_cop` under every preset.

    only: keys wanted; a preset gives those that it has, and is left out when it has none of them.
    Raises NotFound for a key that no preset gives, ValueError as `measure_cop`.
    """
    return _spread(lambda settings, keys: measure_cop(ml_mm, ap_mm, fs_hz, settings, keys, context), only)


def measure_all_window(
    frames: Frames,
    start_ns: int,
    end_ns: int,
    only: Iterable[str] | None = None,
    *,
    instrument: Instrument | None = None,
    context: Context | None = None,
) -> Spread:
    """`measure_window` under every preset; see `measure_all`."""

    def measured(settings: str, keys: Iterable[str] | None) -> dict[str, MeasureValue]:
        return measure_window(frames, start_ns, end_ns, settings, keys, instrument=instrument, context=context)

    return _spread(measured, only)


def spread_keys(spread: Mapping[str, Mapping[str, MeasureValue]]) -> tuple[str, ...]:
    """Every key of a spread once, in the order of the presets."""
    return tuple(dict.fromkeys(key for measures in spread.values() for key in measures))


def _spread(measured: Callable[[str, Iterable[str] | None], dict[str, MeasureValue]], only: Iterable[str] | None) -> Spread:
    if only is None:
        return {name: measured(name, None) for name in SETTINGS}
    wanted = list(only)
    given = {name: [key for key in wanted if key in registry(name)] for name in SETTINGS}
    every = dict.fromkeys(key for name in SETTINGS for key in registry(name))
    for key in wanted:
        known("measure", key, every)
    return {name: measured(name, keys) for name, keys in given.items() if keys}
