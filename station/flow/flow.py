"""The station's screens as a state machine: home, who, what, a question, a run, its result. Pure: frames and time come in, scenes come out.

It owns the run that goes on and hands its effects on. Trouble lies over every screen while it lasts.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

from station.core.frames import Frames, Plate
from station.core.readings import Readings
from station.core.ready import Ready, gate
from station.core.scene import Scene
from station.core.seen_faults import FoundFault
from station.core.sheet import Sheet
from station.core.theme import MOTION
from station.core.view import Speak, Tone, View
from station.errors import NotFound, Refused, StationError
from station.flow import show, what, who
from station.flow.alarm import Alarm
from station.flow.effects import FlowEffect, LookUpPeople, PlateEmptied, ServiceLeft, ServiceWanted
from station.flow.home import Demonstration
from station.flow.identity import Identity
from station.flow.intents import Intent, Point
from station.flow.lean import Chooser
from station.flow.live import LiveState
from station.flow.menu import Menu
from station.flow.onrun import OnRun
from station.flow.onservice import OnService
from station.flow.pieces import NO_BOX, YES_BOX, inside
from station.flow.safety import Question
from station.flow.shop import FaultLike, Kept, PersonCard, Shop, Usual
from station.flow.standing import Standing
from station.flow.visit import Visit, Wish
from station.protocols.model import Protocol
from station.protocols.programme import refuse
from station.run import Origin
from station.words import Words, say

S = 1_000_000_000
Screen = Literal["home", "who", "what", "ask", "run", "result", "heavy", "service"]
Procedure = Literal["calibrate", "check"]
PROCEDURES: dict[Intent, Procedure] = {Intent.CALIBRATE: "calibrate", Intent.CHECK: "check"}
NO_PEOPLE_S = 0.5  # nobody known of this weight: a guest
ANSWER_S = 120.0  # a question nobody answers
WAIT_S = 60.0  # somebody chose, stepped off, and does not come back
NOTICE_S = 10.0
BY_ITSELF = frozenset({"hardware.fault.standing", "ready.zero", "ready.object", "ready.rate-unknown"})
"""What keeps a board from being ready and is put right by the first steps of every run: it asks for an empty plate and waits."""


class Flow:
    """See module. Feed it every block of readings with its frames; what it returns is to be done, in order.

    `now_ns` is the clock of screens (the board's, going on while the board is silent); frames carry their own time.
    """

    def __init__(self, shop: Shop, *, new_id: Callable[[], str], now_ns: int = 0) -> None:
        self.shop = shop
        self._new_id = new_id
        self._now_ns = self._since_ns = now_ns
        self._screen: Screen = "home"
        self._due: list[FlowEffect] = []
        self._standing = Standing()
        self._identity = Identity(self._due)
        self._alarm = Alarm(self._due)
        self._on = OnRun(self._due, new_id)
        self._serving = OnService(self._due)
        self._plate = Plate()
        self._ready: Ready | None = None
        self._cards: tuple[PersonCard, ...] = ()
        self._who: Menu[who.Choice] | None = None
        self._what: Menu[what.Offer] | None = None
        self._onward: Chooser | None = None
        self._wish: Wish | None = None
        self._question: Question | None = None
        self._unheard = False
        self._kept: Kept | None = None
        self._usual: tuple[str, Usual] | None = None
        self._notice: tuple[int, Words] | None = None
        self._demonstration = Demonstration()

    # --- what comes in ---------------------------------------------------------------------------------------------------------

    def feed(
        self, readings: Readings, frames: Frames, plate: Plate, now_ns: int, origin: Origin, faults: Sequence[FoundFault] = ()
    ) -> list[FlowEffect]:
        """One block of readings and the frames that became complete with it. `origin` as `Run.feed` takes it, `faults` those that the
        watch on the board tells now: a run writes down what frames cannot show."""
        self._now_ns, self._plate = now_ns, plate
        if len(readings):
            self._alarm.reader_speaks()
        begun = 0 if self._on.run is not None else len(frames)
        for n, row in enumerate(zip(*(c.tolist() for c in (frames.load_n, frames.ml_mm, frames.ap_mm, frames.valid)), strict=True)):
            self._frame(*row)
            if self._on.run is not None:
                begun = min(begun, n + 1)
        self._on.feed(readings, frames[begun:], plate, origin, now_ns, loaded=self.loaded, faults=faults)
        self._tick()
        return self._drain()

    def press(self, intent: Intent | Point) -> list[FlowEffect]:
        """A key, a foot button, a touch, the helper's phone."""
        if self._on.run is not None:
            self._on.press(intent, self._now_ns, loaded=self.loaded)
        elif self._screen == "service":
            self._serving.press(intent, self._now_ns)
        elif self._screen == "ask":
            self._press_question(intent)
        elif isinstance(intent, Intent) and intent in PROCEDURES:
            self._want(PROCEDURES[intent])
        elif self._screen == "result":
            self._press_result(intent)
        else:
            self._press_menu(intent)
        self._tick()
        return self._drain()

    def start(
        self,
        protocol_id: str,
        person: str | None = None,
        side: str | None = None,
        seconds: float | None = None,
        eyes: str | None = None,
        surface: str | None = None,
    ) -> str:
        """Start from a page or a phone: who and what are known, only the safety questions are left. Gives the run's id.

        Raises NotFound for a protocol there is not, Refused when it cannot run now: busy, not calibrated, too slow, hops.
        """
        if self.busy:
            raise self._busy()
        protocol = self._protocol(protocol_id)
        self._refuse(protocol, side, eyes, surface)
        if self._serving.sheet is not None:  # over, and nobody has pressed it away
            self._serving.show(None, self._now_ns)
            self._due.append(ServiceLeft())
        wish = Wish(self._new_id(), protocol, person, side, seconds, eyes, surface)
        self._proceed(wish, self._identity.choose(person, None, self._now_ns))
        return wish.run_id

    def _busy(self) -> Refused:
        return Refused(say("flow.busy.service" if self._screen == "service" else "flow.busy"), say("flow.busy.do"))

    def may_serve(self, kind: Procedure) -> None:
        """Raises Refused while a run is on, and for a check while somebody stands on the plate (a calibration asks them down itself)."""
        if self.busy:
            raise self._busy()
        if kind == "check" and self.loaded:
            raise Refused(say("service.occupied"), say("service.occupied.do"))

    def service(self, sheet: Sheet | None) -> list[FlowEffect]:
        """The sheet of a guided procedure as it stands now; None when it is gone. While one goes on nothing else starts."""
        begins = sheet is not None and self._screen != "service"
        self._serving.show(sheet, self._now_ns)
        if begins:
            self._wish = self._question = None
            self._go("service")
        elif sheet is None and self._screen == "service":
            self._ask_who() if self.loaded else self._cancel_to_home()
        return self._drain()

    def people(self, cards: Sequence[PersonCard]) -> None:
        """Who it may be, the likeliest first; shown at the next step-on, or now when somebody is being asked."""
        self._cards = tuple(cards)
        if self._screen != "who":
            return
        if self._cards and (self._who is None or max(self._who.filled.values()) == 0):
            self._open_who()
        elif not self._cards and self._who is None:
            self._choose(None)

    def trouble(self, faults: Iterable[FaultLike]) -> None:
        """The faults there are now; an empty list when all is well. Those that do not stop a measurement get one quiet line at home."""
        self._alarm.found(tuple(faults), loaded=self.loaded)

    def kept(self, kept: Kept) -> None:
        """Where the last trial can be fetched."""
        self._kept = kept

    def usual(self, trial_id: str, usual: Usual) -> None:
        """The person's own usual band for the result on show."""
        self._usual = (trial_id, usual)

    def readiness(self, ready: Ready) -> None:
        """What is known of the board now: what it cannot measure is refused."""
        self._ready = ready

    def reader_died(self, died: StationError | None = None) -> list[FlowEffect]:
        """The reader is gone and will be started again: the run is closed as interrupted, all readings kept."""
        self._alarm.reader_died(died, loaded=self.loaded)
        return self.board_ended()

    def board_ended(self) -> list[FlowEffect]:
        """A recording that is replayed is over."""
        self._on.finish("interrupted", self._now_ns)
        self._tick()
        return self._drain()

    def shut(self) -> list[FlowEffect]:
        """The station stops: what goes on is closed with what it has."""
        self._on.finish("interrupted", self._now_ns)
        self._identity.end_visit()
        return self._drain()

    # --- what goes out ---------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """A run is on, a question about one waits, or the board is being looked after."""
        return self._on.run is not None or self._wish is not None or self._serving.busy

    @property
    def in_trouble(self) -> bool:
        return self._alarm.first is not None

    def held_back(self) -> tuple[Words, ...]:
        """Why a timed test would be refused now; () when it could start."""
        return () if self._ready is None else gate(self._ready)

    @property
    def identity(self) -> str | None:
        """Who stands there, None for a guest or nobody. Load to zero ends it."""
        return self._identity.person

    @property
    def loaded(self) -> bool:
        return self._standing.loaded

    @property
    def view(self) -> View:
        """Of the run going on; a finished one, asking for nothing, when there is none."""
        return View("done") if self._on.run is None else self._on.run.view

    def live(self) -> LiveState:
        """What phones may see."""
        return show.live(self._shown(self._now_ns))

    def scene(self, now_ns: int) -> Scene:
        """The picture of this moment."""
        state = self._shown(now_ns)
        if self._screen == "home" and not state.loaded and state.fault is None and state.wish is None:
            demonstrated = self._demonstration.scene(max(0, now_ns - self._since_ns) / S, state.furniture)
            if demonstrated is not None:
                return demonstrated
        return show.scene(state, now_ns)

    def _shown(self, now_ns: int) -> show.Shown:
        on = self._on
        trial_ids = {t.trial_id for t in on.result.trials} if on.result is not None else set()
        kept = self._kept if self._kept is not None and now_ns < self._kept.until_ns else None
        return show.Shown(
            screen=self._screen,
            shop=self.shop,
            plate=self._plate,
            loaded=self.loaded,
            fault=self._alarm.first,
            doubt=self._alarm.quiet,
            sheet=self._serving.sheet,
            kept_s=on.kept_s,
            kept=kept,
            notice=self._notice[1] if self._notice is not None and now_ns < self._notice[0] else None,
            who=self._who,
            what=self._what,
            onward=self._onward,
            off_mm=self._standing.middle.off_mm,
            wish=self._wish,
            started=on.started,
            question=self._question,
            unheard=self._unheard,
            run_id=on.run.run_id if on.run is not None else None,
            view=on.run.view if on.run is not None else None,
            coda=on.coda(now_ns) if self.loaded else None,
            result=on.result,
            url=kept.url if kept is not None and kept.trial_id in trial_ids else None,
            usual=self._usual[1] if self._usual is not None and self._usual[0] in trial_ids else None,
            trail=on.trail_mm,
            middle_mm=on.middle_mm or (0.0, 0.0),
        )

    # --- standing on the plate -------------------------------------------------------------------------------------------------

    def _frame(self, load_n: float, ml_mm: float, ap_mm: float, valid: bool) -> None:
        change = self._standing.feed(load_n, ml_mm, ap_mm, valid)
        if change == "on":
            self._stepped_on()
        elif change == "off":
            self._stepped_off()
        elif self.loaded and valid and self._on.run is None:
            self._leaned()

    def _stepped_on(self) -> None:
        if self._on.run is not None or self._screen in ("ask", "service"):
            return
        kg = self._standing.kg
        if kg > self.shop.geometry.rating_kg:
            self._go("heavy")
        elif self._screen == "what":
            self._open_what()
        else:
            self._ask_who()

    def _stepped_off(self) -> None:
        """Load to zero ends the identity, except within a run, which stays whose it is."""
        self._due.append(PlateEmptied())
        if self._on.run is not None:
            return
        self._identity.forget(self._now_ns, keep_guest=self._wish is not None)
        if self._wish is not None and self._wish.by_lean:
            self._wish = replace(self._wish, person=None, lost=True)
        if self._screen in ("who", "what", "heavy"):
            self._go("home")

    def _leaned(self) -> None:
        """Leaning chooses in menus, never on a question and never in a run."""
        middle = self._standing.middle
        if self._screen == "who" and self._who is not None:
            choice = self._who.feed(middle)
            if choice is not None:
                self._due.append(Tone("choose"))
                self._choose(choice.person)
        elif self._screen == "what" and self._what is not None:
            offer = self._what.feed(middle)
            if offer is not None:
                self._due.append(Tone("choose"))
                self._take_up(offer)
        elif self._screen == "result" and self._onward is not None and self._onward.feed(middle) is not None:
            self._due.append(Tone("choose"))
            self._go_on()

    # --- who and what ----------------------------------------------------------------------------------------------------------

    def _ask_who(self) -> None:
        self._due.append(LookUpPeople(round(self._standing.kg, 1)))
        self._who = None
        self._go("who")
        if self._cards:
            self._open_who()

    def _open_who(self) -> None:
        options = who.choices(self._cards)
        first = next(n for n, c in enumerate(options) if c.direction == "front")
        self._who = Menu(options, who.card_at, first=first)

    def _open_what(self) -> None:
        self._what = Menu(what.offers(self.shop), what.card_at)
        self._go("what")

    def _choose(self, person: str | None) -> None:
        kg = self._standing.kg if self.loaded else None
        visit = self._identity.choose(person, kg, self._now_ns, answered=self._wish is not None)
        if self._wish is not None:
            self._proceed(replace(self._wish, person=person, lost=False), visit)
        else:
            self._open_what()

    def _take_up(self, offer: what.Offer) -> None:
        try:
            self._refuse(offer.protocol, None, None, None)
        except Refused as refused:
            self._notice = (self._now_ns + round(NOTICE_S * S), refused.what)
            self._go("home")
            return
        self._proceed(Wish(self._new_id(), offer.protocol, self.identity, by_lean=True), self._visit())

    def _visit(self) -> Visit:
        """The visit of whoever is here; a guest's, when nobody was asked. A visit of somebody who left is not theirs."""
        visit = self._identity.visit
        return visit if visit is not None and visit.person == self.identity else self._identity.choose(self.identity, None, self._now_ns)

    def _protocol(self, name: str) -> Protocol:
        if name not in self.shop.protocols:
            near = difflib.get_close_matches(name, list(self.shop.protocols), n=1)
            raise NotFound("protocol", name, near[0] if near else "")
        return self.shop.protocols[name]

    def _refuse(self, protocol: Protocol, side: str | None, eyes: str | None, surface: str | None) -> None:
        ready, calibrated = self._ready, self.shop.calibrated
        slowest = min(ready.rates_hz, default=None) if ready is not None else None
        refuse(protocol, self.shop.geometry, calibrated=calibrated, rate_hz=slowest, side=side, eyes=eyes, surface=surface)
        held = () if ready is None else gate(ready, timed=protocol.kind == "test")
        reason = next((words for words in held if words.id not in BY_ITSELF), None)
        if reason is not None:
            faults = () if ready is None else ready.faults
            raise Refused(reason, next((f.do for f in faults if f.what == reason), say(f"{reason.id}.do")))

    def _press_menu(self, intent: Intent | Point) -> None:
        self._since_ns = self._now_ns
        if intent in (Intent.BACK, Intent.STOP):
            self._cancel_to_home()
        elif self._screen == "who" and self._who is not None:
            choice = self._who.press(intent)
            if choice is not None:
                self._choose(choice.person)
        elif self._screen == "what" and self._what is not None:
            offer = self._what.press(intent)
            if offer is not None:
                self._take_up(offer)
        elif self._screen == "home" and (isinstance(intent, Point) or intent in (Intent.NEXT, Intent.YES)):
            self._wish = None
            self._open_what()

    def _want(self, kind: Procedure) -> None:
        """A key asks for a procedure: whoever owns the board begins it."""
        try:
            self.may_serve(kind)
        except Refused as refused:
            self._notice = (self._now_ns + round(NOTICE_S * S), refused.what)
            self._due.append(Speak(refused.what))
            return
        self._due.append(ServiceWanted(kind))

    def _cancel_to_home(self) -> None:
        self._wish = self._question = None
        if not self.loaded:
            self._identity.forget(self._now_ns)
        self._go("home")

    # --- the questions ---------------------------------------------------------------------------------------------------------

    def _proceed(self, wish: Wish, visit: Visit) -> None:
        """The next question, or the run."""
        self._wish = wish
        question = wish.asks(visit, self.shop)
        if question is not None:
            self._ask(question)
        elif wish.lost and self.loaded:
            self._ask_who()
        elif wish.lost:
            self._go("home")
        else:
            self._identity.person = wish.person
            self._wish = None
            self._onward = None
            self._on.begin(wish, self.shop)
            self._go("run")

    def _ask(self, question: Question, *, unheard: bool = False) -> None:
        self._question, self._unheard = question, unheard
        self._go("ask")
        if question == "sound":
            self._due.append(Tone("stop"))
        self._due.append(Speak(say(f"flow.ask.{question}")))

    def _press_question(self, intent: Intent | Point) -> None:
        if isinstance(intent, Point):
            yes, no = inside(intent.x, intent.y, YES_BOX), inside(intent.x, intent.y, NO_BOX)
        else:
            yes, no = intent in (Intent.YES, Intent.NEXT), intent is Intent.NO
        if yes:
            self._confirm()
        elif no and self._question == "sound":
            self._ask("helper", unheard=True)
        elif no or intent in (Intent.BACK, Intent.STOP):
            self._cancel()

    def _confirm(self) -> None:
        visit, wish = self._identity.visit or self._visit(), self._wish
        if self._question == "safety":
            visit.safe = True
        elif self._question == "sound":
            visit.heard = True
        else:
            visit.helper = True
        self._question = None
        if wish is not None:
            self._proceed(wish, visit)

    def _cancel(self) -> None:
        """Nothing starts. Whoever stands there chooses something else."""
        if self.loaded:
            self._wish = self._question = None
            self._open_what()
        else:
            self._cancel_to_home()

    # --- the result ------------------------------------------------------------------------------------------------------------

    def _press_result(self, intent: Intent | Point) -> None:
        if isinstance(intent, Point) or intent in (Intent.NEXT, Intent.YES):
            self._go_on()
        elif intent in (Intent.BACK, Intent.NO, Intent.STOP):
            self._leave_result()

    def _go_on(self) -> None:
        """The same again when nothing was measured, else the cards; on an empty plate home."""
        last, wish = self._on.result, self._on.started
        if self.loaded and last is not None and wish is not None and show.worth_again(wish.protocol, last):
            self._proceed(replace(wish, run_id=self._new_id(), person=self.identity, by_lean=True), self._visit())
        else:
            self._leave_result()

    def _leave_result(self) -> None:
        if self.loaded:
            self._open_what()
        else:
            self._go("home")

    # --- time ------------------------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """What happens because a run ended or time went on."""
        if self._screen == "run" and self._on.run is None:
            self._identity.seen(self._now_ns)
            if self._on.result is not None and self._on.result.trials:
                self.shop = replace(self.shop, suggestions=what.next_time(self.shop, self._on.result.protocol_id))
            self._go("result")
            if not self.loaded:
                self._identity.forget(self._now_ns)
        gone_s = (self._now_ns - self._since_ns) / S
        self._serving.tick(self._now_ns)
        if self.loaded:
            self._tick_loaded(gone_s)
        elif self._screen in ("who", "what") and gone_s >= MOTION.idle_menu_s:
            self._cancel_to_home()
        elif self._screen == "ask" and gone_s >= ANSWER_S:
            self._cancel()
        elif self._screen == "home" and self._wish is not None and gone_s >= WAIT_S:
            self._cancel_to_home()
        elif self._screen == "result" and gone_s >= MOTION.result_s:
            self._go("home")

    def _tick_loaded(self, gone_s: float) -> None:
        if self._screen == "who" and self._who is None and not self._cards and gone_s >= NO_PEOPLE_S:
            self._choose(None)
        elif self._screen == "result" and self._onward is None and gone_s >= MOTION.result_s:
            self._onward = Chooser(("front",))

    def _go(self, screen: Screen) -> None:
        self._screen, self._since_ns = screen, self._now_ns

    def _drain(self) -> list[FlowEffect]:
        due = list(self._due)
        self._due.clear()
        return due
