"""From the words after `--board` to a board: auto, hx711, hx711-package, simulated[:TRAITS], replay:FILE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hardware.hx711 import NotAPi, nominal_calibration, open_hx711
from hardware.pi import CELL_LINES, find_gpiochip
from hardware.sample_faults import parse_fault
from hardware.simulated import Act, SimulatedBoard, open_simulated
from hardware.traits import nearest, parse_traits
from station.core.calibration import Calibration
from station.core.geometry import Geometry
from station.core.readings import Board, Edge, Timing
from station.errors import NotFound
from station.words import Words

KINDS = ("auto", "hx711", "hx711-package", "simulated", "replay")
CHIPS = ("hx711", "hx711-package")
"""Two ways to read the same real board."""
CALIBRATION_FILE = "calibration.json"
SIMULATED_CALIBRATION_FILE = "calibration-simulated.json"
"""A simulated board keeps its own: what was tried on it must never weigh a person on the real one."""


@dataclass(frozen=True, slots=True)
class BoardSpec:
    """Which board, as plain data: it goes to the reader process as JSON.

    kind: "hx711", "hx711-package", "simulated" or "replay"; `auto` has been decided
    seed, traits, faults: of a simulated board; file, geometry_file: of a replay; data_dir: where the station's calibration lies
    """

    kind: str
    traits: str = ""
    file: str = ""
    seed: int = 1
    faults: tuple[str, ...] = ()
    geometry_file: str = ""
    data_dir: str = ""
    controls: bool = True

    @property
    def paced(self) -> bool:
        """It has no clock of its own: somebody must say how fast its time runs."""
        return self.kind not in CHIPS

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(doc: Mapping[str, Any]) -> BoardSpec:
        return BoardSpec(**{**doc, "faults": tuple(doc["faults"])})


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """What is known of a board before it is opened.

    resume: pipeline state to go on from (a recording), else None
    zero_in_file: the zero of `calibration` belongs to the file that is replayed
    wants: what the traits say of a simulated person's ways (`hardware.actor.Actor`)
    """

    name: str
    demo: bool
    geometry: Geometry
    calibration: Calibration
    timing: Timing
    resume: Mapping[str, Any] | None = None
    zero_in_file: bool = False
    wants: Mapping[str, Any] | None = None
    notices: tuple[Words, ...] = ()


def parse_board(
    text: str,
    *,
    seed: int = 1,
    faults: Iterable[str] = (),
    geometry_file: str | Path | None = None,
    data_dir: str | Path | None = None,
) -> BoardSpec:
    """`simulated:70kg,foam`, `replay:FILE`, `hx711`, or `auto`: the chips exactly on a Pi, else the simulated person.

    Raises NotFound for an unknown board, trait or fault; a file is looked at only by `describe`. Paths become absolute.
    """
    kind, _, rest = text.strip().partition(":")
    kind = kind.lower()
    if kind == "auto":
        kind = "simulated" if find_gpiochip() is None else "hx711"
    if kind not in KINDS or (kind in CHIPS and rest) or (kind == "replay" and not rest):
        raise NotFound("board", text, "replay:FILE" if kind == "replay" else nearest(kind, list(KINDS)))
    wrong = tuple(faults)
    for fault in wrong:
        parse_fault(fault)
    if kind == "simulated":
        parse_traits(rest)
    elif wrong:
        raise NotFound("fault", f"{kind}: {wrong[0]}", "--board simulated")
    return BoardSpec(
        kind,
        traits=rest if kind == "simulated" else "",
        file=_absolute(rest) if kind == "replay" else "",
        seed=seed,
        faults=wrong,
        geometry_file=_absolute(geometry_file),
        data_dir=_absolute(data_dir),
    )


def describe(spec: BoardSpec) -> BoardInfo:
    """Everything about a board but its readings, without touching a pin. Raises BadFile for a file that makes no sense."""
    if spec.kind == "simulated":
        board = _simulated(spec)
        return BoardInfo(board.name, True, board.geometry, board.calibration, board.timing, wants=board.wants)
    if spec.kind == "replay":
        from hardware.replay import ReplayBoard

        file = ReplayBoard(spec.file, spec.geometry_file or None)
        return BoardInfo(
            file.name, False, file.geometry, file.calibration, file.timing, file.resume, file.zero_in_file, notices=file.notices
        )
    geometry, calibration = _profile(spec)
    if spec.kind == "hx711-package":
        from hardware.hx711_package import Hx711PackageBoard, limits

        return BoardInfo(spec.kind, False, geometry, calibration, Hx711PackageBoard.timing, notices=(limits(),))
    return BoardInfo(spec.kind, False, geometry, calibration, Edge(delay_periods=2))


def require(spec: BoardSpec) -> None:
    """Raises NotAPi when this computer cannot have such a board at all, BadPlatform for a plate that nobody should stand on: told at once,
    not by a reader that tries again and again."""
    if spec.kind in CHIPS:
        if find_gpiochip() is None:
            raise NotAPi
        _profile(spec)[0].checked()


def open_board(spec: BoardSpec, *, start_ns: int | None = None, script: Iterable[Act] = ()) -> Board:
    """The board itself, opened in this process. The caller closes it.

    `start_ns`: a simulated person or a file goes on after this time of data; `script`: acts of the simulated person, past and to come.
    Raises BoardError for a board that cannot be had, BadFile for a file.
    """
    if spec.kind == "simulated":
        return _simulated(spec, start_ns or 0, script)
    if spec.kind == "replay":
        from hardware.replay import ReplayBoard

        return ReplayBoard(spec.file, spec.geometry_file or None, start_ns=start_ns)
    geometry, calibration = _profile(spec)
    lines = tuple(CELL_LINES[plug] for plug in calibration.order)
    if spec.kind == "hx711-package":
        from hardware.hx711_package import open_hx711_package

        return open_hx711_package(geometry, lines=lines)
    return open_hx711(geometry, lines=lines)


def _simulated(spec: BoardSpec, start_ns: int = 0, script: Iterable[Act] = ()) -> SimulatedBoard:
    """A board that nobody calibrated may have been calibrated since: with what its data folder keeps."""
    faults = tuple(parse_fault(f) for f in spec.faults)
    traits = parse_traits(spec.traits)
    kept = None if traits.calibrated and not traits.build.surprising else _kept(spec)
    geometry = _own_geometry(spec)
    if kept is None:
        return open_simulated(spec.traits, seed=spec.seed, faults=faults, geometry=geometry, script=script, start_ns=start_ns)
    return open_simulated(
        spec.traits,
        seed=spec.seed,
        faults=faults,
        geometry=geometry or kept[0],
        script=script,
        start_ns=start_ns,
        calibration=kept[1],
        order=kept[1].order,
    )


def calibration_path(spec: BoardSpec) -> Path:
    """Where the calibration of this board is kept in its data folder."""
    return Path(spec.data_dir or ".") / (SIMULATED_CALIBRATION_FILE if spec.kind == "simulated" else CALIBRATION_FILE)


def _own_geometry(spec: BoardSpec) -> Geometry | None:
    """Of `--geometry`, for boards that are no file."""
    if not spec.geometry_file:
        return None
    from station.core.formats.sidecar import read_geometry

    return read_geometry(spec.geometry_file)


def _profile(spec: BoardSpec) -> tuple[Geometry, Calibration]:
    """Geometry and calibration of the data folder; the nominal ones (uncalibrated) when it has none."""
    kept, geometry = _kept(spec), _own_geometry(spec)
    if kept is not None:
        return geometry or kept[0] or Geometry(), kept[1]
    geometry = geometry or Geometry()
    return geometry, nominal_calibration(geometry)


def _kept(spec: BoardSpec) -> tuple[Geometry | None, Calibration] | None:
    """What the data folder keeps of this board's calibration."""
    path = calibration_path(spec)
    if not spec.data_dir or not path.is_file():
        return None
    from station.core.formats.sidecar import read_calibration

    return read_calibration(path)


def _absolute(path: str | Path | None) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""
