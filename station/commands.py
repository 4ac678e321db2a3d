"""What goes over the live socket: requests, answers and views, as pydantic models. Newline-delimited JSON, one object a line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartRun(_Strict):
    """Start a protocol, drill or game. Refused with `busy` while another run is on."""

    cmd: Literal["start_run"] = "start_run"
    protocol: str = Field(max_length=80)
    person: str | None = Field(default=None, max_length=80, description="uuid of a person, or null for a guest")
    side: Literal["left", "right"] | None = None
    seconds: float | None = Field(default=None, gt=0, le=600)
    eyes: Literal["open", "closed"] | None = None
    surface: Literal["firm", "foam"] | None = None


class Press(_Strict):
    """A key of the helper's phone: stop ends the run; next, back, yes, no answer what the screen asks."""

    cmd: Literal["stop", "next", "back", "yes", "no"]


class Mark(_Strict):
    """What only a person sees: ARMS, EYES, LEG end the trial; discard, practice and used mark one that is over."""

    cmd: Literal["mark"] = "mark"
    kind: Literal["arms", "eyes", "leg", "discarded", "practice", "used"]
    trial: str | None = None
    reason: str | None = Field(default=None, max_length=200)


class AddPerson(_Strict):
    cmd: Literal["add_person"] = "add_person"
    nickname: str = Field(max_length=20_000, description="1 to 60 characters; the station says what is wrong with it")


class RenamePerson(_Strict):
    cmd: Literal["rename_person"] = "rename_person"
    person: str
    nickname: str = Field(max_length=20_000, description="1 to 60 characters; the station says what is wrong with it")


class MoveTrial(_Strict):
    """Give a trial to another person, or to nobody (person null)."""

    cmd: Literal["move_trial"] = "move_trial"
    trial: str
    person: str | None = None


class Override(_Strict):
    """A person's verdict on a trial in the place of the machine's, never "valid", with a reason that is kept; null takes it back."""

    cmd: Literal["override"] = "override"
    trial: str = Field(max_length=80)
    verdict: Literal["usable", "reject"] | None
    reason: str = Field(max_length=200, description="in their words; the station refuses an empty one")


class Addresses(_Strict):
    """The web process tells the station where phones reach it (the station itself has no network)."""

    cmd: Literal["addresses"] = "addresses"
    urls: list[str] = Field(max_length=16)


class Share(_Strict):
    """A new capability link for a trial; the answer carries the token once."""

    cmd: Literal["share"] = "share"
    trial: str


class Volume(_Strict):
    cmd: Literal["volume"] = "volume"
    step: int = Field(ge=0, le=4)


class Service(_Strict):
    """Begin a guided procedure on the board, or answer the one going on. Refused with `busy` while a run is on.

    calibrate; verify: one weight against the calibration in force; check: the self-test.
    """

    cmd: Literal["service"] = "service"
    do: Literal["calibrate", "verify", "check", "next", "back", "yes", "no", "stop", "more", "less"]
    weight_kg: float | None = Field(default=None, gt=0, le=200, description="the known weight, with `next`")
    points: Literal[5, 9] = Field(default=9, description="with `calibrate`")
    corners: bool = Field(default=False, description="with `check`: each corner is pressed in turn, to find swapped plugs")


Command = Annotated[
    StartRun | Press | Mark | AddPerson | RenamePerson | MoveTrial | Override | Addresses | Share | Volume | Service,
    Field(discriminator="cmd"),
]


class Request(_Strict):
    """One line to the station: `{"id": ..., "cmd": "start_run", "args": {...}}`."""

    id: str = Field(max_length=64)
    cmd: str = Field(max_length=32)
    args: dict[str, Any] = Field(default_factory=dict)

    def command(self) -> Command:
        """The typed command; raises pydantic.ValidationError naming every wrong field."""
        return COMMAND.validate_python({**self.args, "cmd": self.cmd})


class Problem(_Strict):
    """What went wrong and what to do, already in words of the station's language; `code` for machines."""

    code: Literal["busy", "refused", "not-found", "invalid", "away"]
    what: str
    do: str


class Answer(_Strict):
    id: str
    ok: dict[str, Any] | None = None
    error: Problem | None = None


class LiveView(_Strict):
    """What a phone may see of the station now. No name ever; CoP only in training and games."""

    screen: str
    title: str = ""
    say: str = ""
    do: str = ""
    busy: bool = False
    demo: bool = False
    run_id: str | None = None
    protocol: str | None = None
    kind: str | None = None
    phase: str | None = None
    seconds_left: float | None = None
    count: int | None = None
    score: float | None = None
    load: Literal["empty", "object", "loaded", "unknown"] = "unknown"
    quality: str | None = None
    cop_ml_mm: float | None = None
    cop_ap_mm: float | None = None
    target_ml_mm: float | None = None
    target_ap_mm: float | None = None
    target_r_mm: float | None = None
    plate_mm: tuple[float, float] | None = None
    asks: str | None = None  # safety question waiting for yes or no
    health: dict[str, Any] = Field(default_factory=dict)
    result_trial: str | None = None
    sheet: dict[str, Any] | None = Field(default=None, description="of the guided procedure going on: a `Sheet` with its texts")
    t_s: float | None = Field(default=None, description="data time of the newest readings, on the board's clock")


COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
