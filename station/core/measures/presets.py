"""Named settings: what is filtered, and which measures are given. One trial under two presets shows how far definitions differ;
a trend never mixes them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from station.errors import NotFound


@dataclass(frozen=True, slots=True)
class Preset:
    """base: "station" (a measure that means nothing is withheld) or "raw" (whatever can be computed); lowpass_hz: cut-off of the
    Butterworth of that order (2 or 4) run forward and back, None for none; keys: the measures given, empty for all of the base;
    grid_hz: averaged over 80 ms on a grid of that rate before the low-pass, None for every frame as it is."""

    name: str
    version: int
    base: str
    lowpass_hz: float | None
    keys: tuple[str, ...] = ()
    order: int = 2
    grid_hz: float | None = None

    @property
    def method(self) -> str:
        return f"{self.name}/{self.version}"

    def gives(self, key: str, base: str) -> bool:
        """Whether the measure of that key and base is among its own."""
        return base == self.base and (not self.keys or key in self.keys)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        p.name: p
        for p in (
            Preset("station", 1, "station", 10.0),
            Preset("raw", 1, "raw", None),
            Preset("prieto", 1, "station", 10.0, (
                "mean_distance_mm", "rms_distance_mm", "range_mm", "path_length_mm", "mean_velocity_mm_s", "circle_area_95_mm2",
                "ellipse_area_prieto_mm2", "sway_area_rate_mm2_s", "mean_frequency_hz", "power_ml_mm2", "power_ap_mm2", "f50_ml_hz",
                "f50_ap_hz", "f95_ml_hz", "f95_ap_hz", "centroid_frequency_ml_hz", "centroid_frequency_ap_hz",
            )),
            Preset("quijoux", 1, "raw", 10.0, (
                "mean_distance_mm", "mean_distance_ml_mm", "mean_distance_ap_mm", "rms_radius_mm", "rms_ml_mm", "rms_ap_mm",
                "range_ml_mm", "range_ap_mm", "range_2d_mm", "max_distance_mm", "planar_deviation_mm", "ml_ap_correlation",
                "principal_axis_deg", "ellipse_f_ddof0_mm2", "path_length_mm", "path_length_ml_mm", "path_length_ap_mm",
                "mean_velocity_n_mm_s", "sway_area_rate_mm2_s", "mean_frequency_hz", "mean_frequency_ml_hz", "mean_frequency_ap_hz",
            ), order=4, grid_hz=25.0),
            Preset("duarte", 1, "raw", None, ("mean_velocity_n_mm_s", "ellipse_f_mm2", "mpf_resultant_hz", "rms_ml_mm", "rms_ap_mm")),
            Preset("openbalance", 1, "raw", 13.0, (
                "path_length_mm", "mean_velocity_n1_mm_s", "hull_area_mm2", "ellipse_chi2_mm2", "circle_prieto_mm2", "rms_ml_mm",
                "rms_ap_mm",
            )),
            Preset("schubert", 1, "raw", None, ("ellipse_f_mm2",)),
        )
    }
)  # fmt: skip


SETTINGS = tuple(PRESETS)


def preset(name: str) -> Preset:
    """The preset of that name. Raises NotFound with the nearest name."""
    return PRESETS[known("settings", name, PRESETS)]


def known(kind: str, name: str, names: Iterable[str]) -> str:
    """The name itself. Raises NotFound with the nearest of the names when it is none of them."""
    every = list(names)
    if name not in every:
        near = difflib.get_close_matches(name, every, 1)
        raise NotFound(kind, name, near[0] if near else "")
    return name
