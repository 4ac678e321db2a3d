"""The samples of one trial on the 100 Hz grid: the very frames its result was made of."""

from __future__ import annotations

import numpy as np

from station.core.readings import CELLS
from station.errors import NotFound
from station.export.cells import table
from station.export.registry import Format, Selection
from station.store.queries import Archive, frames_of

HEADER = ("t_s", *(f"{cell}_n" for cell in CELLS), "cop_ml_mm", "cop_ap_mm", "flags")


def samples(archive: Archive, trial_id: str) -> bytes | None:
    """`t_s` counts from the recording's first frame, as the result's times do. None when the recording is gone."""
    recording = archive.recording(trial_id)
    if recording is None or not recording.header:
        return None
    frames = frames_of(recording)
    frames = frames[int(np.searchsorted(frames.t_ns, int(recording.header["origin_ns"]))) :]
    t_s = (frames.t_ns - int(recording.header["origin_ns"])) / 1e9
    columns = (t_s, *frames.force_n.T, frames.ml_mm, frames.ap_mm, frames.flags)
    return table(HEADER, zip(*(column.tolist() for column in columns), strict=True))


def _make(archive: Archive, chosen: Selection) -> bytes:
    data = samples(archive, chosen.trials[0].id)
    if data is None:
        raise NotFound("recording", chosen.trials[0].id)
    return data


FORMAT = Format("csv-samples", "CSV, 100 Hz", "text/csv", "csv", _make, scopes=("trial",))
