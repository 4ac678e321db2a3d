"""The station's screens as a state machine: home, who, what, a question, a run, its result. Pure: frames and time come in, scenes come out.

It owns the run that goes on and hands its effects on. Trouble lies over every screen while it lasts.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

from station.core.frames import Frames, Plate
from station.core.readings import Readings
from station.core.results import RunResult, TrialResult
from station.core.scene import Scene
from station.core.theme import MOTION
from station.core.view import RunEnded, Speak, Tone, TrialEnded, View
from station.errors import NotFound, Refused
from station.flow import show, what, who
from station.flow.effects import FlowEffect, LookUpPeople, PersonChosen, PlateEmptied, RunBegun, VisitBegan, VisitEnded
from station.flow.home import Demonstration
from station.flow.intents import Intent, Point
from station.flow.lean import Chooser
from station.flow.live import LiveState
from station.flow.menu import Menu
from station.flow.pieces import NO_BOX, YES_BOX, inside
from station.flow.safety import Question
from station.flow.shop import Fault, FaultLike, Kept, PersonCard, Shop, Usual
from station.flow.standing import Standing
from station.flow.visit import Visit, Wish
from station.protocols.model import Protocol
from station.protocols.programme import refuse
from station.run import Origin, Run
from station.words import Words, say

S = 1_000_000_000
Screen = Literal["home", "who", "what", "ask", "run", "result", "heavy"]
NO_PEOPLE_S = 0.5  # nobody known of this weight: a guest
CODA_S = 4.0  # the words that bring somebody safely back stay this long
ANSWER_S = 120.0  # a question nobody answers
WAIT_S = 60.0  # somebody chose, stepped off, and does not come back
NOTICE_S = 10.0
RECENT_NS = 2 * S
RUN_KEYS = {Intent.STOP: "stop", Intent.NEXT: "next", Intent.YES: "next", Intent.ARMS: "arms", Intent.EYES: "eyes", Intent.LEG: "leg"}
NOT_STARTED = ("step-on", "clear-plate", "place", "settle", "rest")
FALL_LIKE = ("trial.end.stumble", "trial.end.support", "trial.end.step-off", "trial.end.hop")


class Flow:
    """See module. Feed it every block of readings with its frames; what it returns is to be done, in order.

    `now_ns` is the clock of screens (the board's, going on while the board is silent); frames carry their own time.
    """

    def __init__(self, shop: Shop, *, new_id: Callable[[], str], now_ns: int = 0) -> None:
        self.shop = shop
        self._new_id = new_id
        self._now_ns = self._since_ns = now_ns
        self._screen: Screen = "home"
        self._standing = Standing()
        self._plate = Plate()
        self._due: list[FlowEffect] = []
        self._recent: list[Readings] = []
        self._rates_hz: tuple[float, ...] = ()
        self._cards: tuple[PersonCard, ...] = ()
        self._who: Menu[who.Choice] | None = None
        self._what: Menu[what.Offer] | None = None
        self._onward: Chooser | None = None
        self._person: str | None = None
        self._visit: Visit | None = None
        self._wish: Wish | None = None
        self._question: Question | None = None
        self._unheard = False
        self._run: Run | None = None
        self._started: Wish | None = None
        self._result: RunResult | None = None
        self._coda: tuple[int, View] | None = None
        self._trail: deque[tuple[int, tuple[float, float]]] = deque()
        self._middle_mm: tuple[float, float] | None = None
        self._faults: tuple[FaultLike, ...] = ()
        self._reader_fault: Fault | None = None
        self._told: tuple[str, int | None] | None = None
        self._kept_s: float | None = None
        self._kept: Kept | None = None
        self._usual: tuple[str, Usual] | None = None
        self._notice: tuple[int, Words] | None = None
        self._demonstration = Demonstration()

    # --- what comes in ---------------------------------------------------------------------------------------------------------

    def feed(self, readings: Readings, frames: Frames, plate: Plate, now_ns: int, origin: Origin) -> list[FlowEffect]:
        """One block of readings and the frames that became complete with it. `origin` as `Run.feed` takes it."""
        self._now_ns, self._plate = now_ns, plate
        if len(readings):
            self._reader_fault = None
        begun = 0 if self._run is not None else len(frames)
        for n, row in enumerate(zip(*(c.tolist() for c in (frames.load_n, frames.ml_mm, frames.ap_mm, frames.valid)), strict=True)):
            self._frame(*row)
            if self._run is not None:
                begun = min(begun, n + 1)
        if self._run is not None:
            self._feed_run(self._run, readings, frames[begun:], origin)
        self._recent = [r for r in self._recent if r.until_ns >= readings.until_ns - RECENT_NS]
        self._recent.append(readings)
        self._tick()
        return self._drain()

    def press(self, intent: Intent | Point) -> list[FlowEffect]:
        """A key, a foot button, a touch, the helper's phone."""
        if self._run is not None:
            self._press_run(self._run, intent)
        elif self._screen == "ask":
            self._press_question(intent)
        elif self._screen == "result":
            self._press_result(intent)
        else:
            self._press_menu(intent)
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
            raise Refused(say("flow.busy"), say("flow.busy.do"))
        protocol = self._protocol(protocol_id)
        self._refuse(protocol, side, eyes, surface)
        self._wish = Wish(self._new_id(), protocol, person, side, seconds, eyes, surface)
        run_id = self._wish.run_id
        self._identify(person, None)
        self._proceed()
        return run_id

    def people(self, cards: Sequence[PersonCard]) -> None:
        """Who it may be, the likeliest first; shown at the next step-on, or now when somebody is being asked."""
        self._cards = tuple(cards)
        if self._screen == "who":
            if self._cards and (self._who is None or max(self._who.filled.values()) == 0):
                self._open_who()
            elif not self._cards and self._who is None:
                self._choose(None)

    def trouble(self, faults: Iterable[FaultLike]) -> None:
        """The faults there are now; an empty list when all is well. Those that do not stop a measurement are not shown."""
        self._raise_faults(tuple(f for f in faults if f.stops))

    def kept(self, kept: Kept) -> None:
        self._kept = kept

    def usual(self, trial_id: str, usual: Usual) -> None:
        """The person's own usual band for the result on show."""
        self._usual = (trial_id, usual)

    def rates(self, rates_hz: tuple[float, ...]) -> None:
        """Measured conversions a second of each cell: what is too slow for a protocol is refused."""
        self._rates_hz = rates_hz

    def reader_died(self, reason: object = None) -> list[FlowEffect]:
        """The reader is gone and will be started again: the run is closed as interrupted, all readings kept."""
        self._reader_fault = Fault(say("flow.fault.reader"), say("flow.fault.reader.do"), staff=Words("", {"text": str(reason or "")}))
        self._finish_run("interrupted")
        self._raise_faults(self._faults)
        return self._drain()

    def board_ended(self) -> list[FlowEffect]:
        """A recording that is replayed is over."""
        self._finish_run("interrupted")
        return self._drain()

    def shut(self) -> list[FlowEffect]:
        """The station stops: what goes on is closed with what it has."""
        self._finish_run("interrupted")
        self._end_visit()
        return self._drain()

    # --- what goes out ---------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._run is not None or self._wish is not None

    @property
    def in_trouble(self) -> bool:
        return bool(self._all_faults())

    @property
    def identity(self) -> str | None:
        """Who stands there, None for a guest or nobody. Load to zero ends it."""
        return self._person

    @property
    def loaded(self) -> bool:
        return self._standing.loaded

    @property
    def view(self) -> View:
        """Of the run going on; a finished one, asking for nothing, when there is none."""
        return View("done") if self._run is None else self._run.view

    def live(self) -> LiveState:
        return show.live(self._shown())

    def scene(self, now_ns: int) -> Scene:
        """The picture of this moment."""
        state = self._shown()
        idle = self._screen == "home" and not state.loaded and state.fault is None and state.wish is None
        if idle:
            demonstrated = self._demonstration.scene(max(0, now_ns - self._since_ns) / S, state.furniture)
            if demonstrated is not None:
                return demonstrated
        return show.scene(state, now_ns)

    def _shown(self) -> show.Shown:
        run, last = self._run, self._result
        trial_ids = {t.trial_id for t in last.trials} if last is not None else set()
        kept = self._kept if self._kept is not None and self._now_ns < self._kept.until_ns else None
        faults = self._all_faults()
        coda = self._coda if self._coda is not None and self._now_ns < self._coda[0] and self._standing.loaded else None
        return show.Shown(
            screen=self._screen,
            shop=self.shop,
            plate=self._plate,
            loaded=self._standing.loaded,
            fault=faults[0] if faults else None,
            kept_s=self._kept_s,
            kept=kept,
            notice=self._notice[1] if self._notice is not None and self._now_ns < self._notice[0] else None,
            who=self._who,
            what=self._what,
            onward=self._onward,
            off_mm=self._standing.middle.off_mm,
            wish=self._wish,
            started=self._started,
            question=self._question,
            unheard=self._unheard,
            run_id=run.run_id if run is not None else None,
            view=run.view if run is not None else None,
            coda=coda[1] if coda is not None else None,
            result=last,
            url=kept.url if kept is not None and kept.trial_id in trial_ids else None,
            usual=self._usual[1] if self._usual is not None and self._usual[0] in trial_ids else None,
            trail=tuple(point for _, point in self._trail),
            middle_mm=self._middle_mm or (0.0, 0.0),
        )

    # --- standing on the plate -------------------------------------------------------------------------------------------------

    def _frame(self, load_n: float, ml_mm: float, ap_mm: float, valid: bool) -> None:
        change = self._standing.feed(load_n, ml_mm, ap_mm, valid)
        if change == "on":
            self._stepped_on()
        elif change == "off":
            self._stepped_off()
        elif self._standing.loaded and valid:
            self._leaned()

    def _stepped_on(self) -> None:
        kg = self._standing.kg
        if self._run is not None or self._screen == "ask":
            return
        if kg > self.shop.geometry.rating_kg:
            self._go("heavy")
        elif self._screen in ("home", "who", "result"):
            self._due.append(LookUpPeople(round(kg, 1)))
            self._who = None
            self._go("who")
            if self._cards:
                self._open_who()
        elif self._screen == "what":
            self._open_what()

    def _stepped_off(self) -> None:
        """Load to zero ends the identity, except within a run, which stays whose it is."""
        self._due.append(PlateEmptied())
        if self._run is not None:
            return
        self._forget_person()
        if self._wish is not None and self._wish.by_lean:
            self._wish = replace(self._wish, person=None)
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
        elif self._screen == "result" and self._onward is not None and self._run is None and self._onward.feed(middle) is not None:
            self._due.append(Tone("choose"))
            self._go_on()

    # --- who and what ----------------------------------------------------------------------------------------------------------

    def _open_who(self) -> None:
        options = who.choices(self._cards)
        first = next(n for n, c in enumerate(options) if c.direction == "front")
        self._who = Menu(options, who.card_at, first=first)

    def _open_what(self) -> None:
        self._what = Menu(what.offers(self.shop), what.card_at)
        self._go("what")

    def _choose(self, person: str | None) -> None:
        self._identify(person, self._standing.kg if self._standing.loaded else None)
        if self._wish is not None:
            self._wish = replace(self._wish, person=person)
            self._proceed()
        else:
            self._open_what()

    def _identify(self, person: str | None, kg: float | None) -> None:
        """A visit goes on when its person comes back, or when a question of it was just answered on the empty plate."""
        self._person = person
        self._due.append(PersonChosen(person, None if kg is None else round(kg, 1)))
        visit, answered = self._visit, self._wish is not None and self._wish.by_lean
        if visit is not None and answered and visit.person is None:
            visit.person = person
        elif visit is None or not visit.goes_on(person, self._now_ns):
            self._end_visit()
            self._visit = Visit(person, self._now_ns)
            self._due.append(VisitBegan(person))
        self._visit_now.seen_ns = self._now_ns

    @property
    def _visit_now(self) -> Visit:
        assert self._visit is not None
        return self._visit

    def _forget_person(self) -> None:
        self._person = None
        if self._visit is not None and self._visit.person is None and self._wish is None:
            self._end_visit()
        elif self._visit is not None:
            self._visit.seen_ns = self._now_ns

    def _end_visit(self) -> None:
        if self._visit is not None:
            self._visit = None
            self._due.append(VisitEnded())

    def _take_up(self, offer: what.Offer) -> None:
        if self._visit is None:
            self._identify(None, None)
        try:
            self._refuse(offer.protocol, None, None, None)
        except Refused as refused:
            self._notice = (self._now_ns + round(NOTICE_S * S), refused.what)
            self._go("home")
            return
        self._wish = Wish(self._new_id(), offer.protocol, self._person, by_lean=True)
        self._proceed()

    def _protocol(self, name: str) -> Protocol:
        if name not in self.shop.protocols:
            near = difflib.get_close_matches(name, list(self.shop.protocols), n=1)
            raise NotFound("protocol", name, near[0] if near else "")
        return self.shop.protocols[name]

    def _refuse(self, protocol: Protocol, side: str | None, eyes: str | None, surface: str | None) -> None:
        slowest = min(self._rates_hz, default=None)
        calibrated = self.shop.calibrated
        refuse(protocol, self.shop.geometry, calibrated=calibrated, rate_hz=slowest, side=side, eyes=eyes, surface=surface)

    # --- the questions ---------------------------------------------------------------------------------------------------------

    def _proceed(self) -> None:
        """The next question, or the run."""
        wish = self._wish
        assert wish is not None
        question = wish.asks(self._visit_now, self.shop)
        if question is not None:
            self._ask(question)
        elif wish.by_lean and not self._standing.loaded:
            self._go("home")  # answered on the empty plate: whoever steps on is asked who they are
        else:
            self._begin(wish)

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
        visit = self._visit_now
        if self._question == "safety":
            visit.safe = True
        elif self._question == "sound":
            visit.heard = True
        else:
            visit.helper = True
        self._question = None
        self._proceed()

    def _cancel(self) -> None:
        """Nothing starts. Whoever stands there chooses something else."""
        self._wish = self._question = None
        if self._standing.loaded:
            self._open_what()
        else:
            self._forget_person()
            self._go("home")

    # --- the run ---------------------------------------------------------------------------------------------------------------

    def _begin(self, wish: Wish) -> None:
        ids = [wish.run_id]
        self._run = Run(
            wish.protocol,
            geometry=self.shop.geometry,
            new_id=lambda: ids.pop() if ids else self._new_id(),
            person=wish.person,
            side=wish.side,
            seconds=wish.seconds,
            eyes=wish.eyes,
            surface=wish.surface,
            demo=self.shop.demo,
            calibrated=self.shop.calibrated,
            recent=tuple(self._recent),
        )
        self._wish, self._started = None, wish
        self._result = self._coda = self._middle_mm = self._kept_s = None
        self._trail.clear()
        self._due.append(RunBegun(wish.run_id, wish.protocol.id, wish.person))
        self._go("run")

    def _feed_run(self, run: Run, readings: Readings, frames: Frames, origin: Origin) -> None:
        self._follow(run.feed(readings, frames, self._plate, origin), run)
        if self._run is not None:
            self._remember_dot(run.view, int(frames.t_ns[-1]) if len(frames) else self._now_ns)

    def _press_run(self, run: Run, intent: Intent | Point) -> None:
        if isinstance(intent, Point):
            return
        if intent is Intent.BACK and run.view.phase in NOT_STARTED:
            self._follow(run.press("stop"), run)
        elif intent in RUN_KEYS:
            self._follow(run.press(RUN_KEYS[intent]), run)

    def _finish_run(self, kind: str) -> None:
        if self._run is not None:
            run = self._run
            run.finish(kind)
            self._follow(run.drain(), run)
        self._wish = None

    def _follow(self, effects: Sequence[FlowEffect], run: Run) -> None:
        """Hands the run's effects on; keeps what the screens need of them."""
        for effect in effects:
            self._due.append(effect)
            if isinstance(effect, TrialEnded):
                self._trial_ended(effect.result)
            elif isinstance(effect, RunEnded):
                self._run, self._result = None, effect.result
                self._visit_now.seen_ns = self._now_ns
                self._onward = None
                self._go("result")
                if not self._standing.loaded:
                    self._forget_person()

    def _trial_ended(self, trial: TrialResult) -> None:
        if trial.status == "interrupted":
            self._kept_s = trial.duration_s
        closed = trial.condition.eyes == "closed"
        if trial.window_s is not None and (closed or trial.reason.id in FALL_LIKE) and self._standing.loaded:
            words = say("trial.open-eyes") if closed else say("flow.steady")
            self._coda = (self._now_ns + round(CODA_S * S), View("ending", say=words, condition=trial.condition, side=trial.side))
            if not closed:
                self._due.append(Speak(words))

    def _remember_dot(self, view: View, t_ns: int) -> None:
        """The trail of the last 0.8 s, and the middle of the training picture: the target, or where it began."""
        if view.phase != "record" or view.cop_mm is None:
            self._trail.clear()
            self._middle_mm = None if view.phase != "frozen" else self._middle_mm
            return
        if self._middle_mm is None:
            self._middle_mm = view.target_mm[:2] if view.target_mm is not None else view.cop_mm
        self._trail.append((t_ns, view.cop_mm))
        while self._trail[0][0] < t_ns - round(MOTION.trail_s * S):
            self._trail.popleft()

    # --- the result ------------------------------------------------------------------------------------------------------------

    def _press_result(self, intent: Intent | Point) -> None:
        if isinstance(intent, Point) or intent in (Intent.NEXT, Intent.YES):
            self._go_on()
        elif intent in (Intent.BACK, Intent.NO, Intent.STOP):
            self._leave_result()

    def _go_on(self) -> None:
        """The same again when nothing was measured, else the cards; on an empty plate home."""
        last, wish = self._result, self._started
        if self._standing.loaded and last is not None and wish is not None and show.worth_again(wish.protocol, last):
            self._wish = replace(wish, run_id=self._new_id(), by_lean=True)
            if self._visit is None:
                self._identify(wish.person, None)
            self._proceed()
        else:
            self._leave_result()

    def _leave_result(self) -> None:
        if self._standing.loaded:
            self._open_what()
        else:
            self._go("home")

    # --- time and trouble ------------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """What happens because time goes on."""
        gone_s = (self._now_ns - self._since_ns) / S
        off = not self._standing.loaded
        if self._screen == "who" and self._who is None and not self._cards and gone_s >= NO_PEOPLE_S:
            self._choose(None)
        elif self._screen in ("who", "what") and off and gone_s >= MOTION.idle_menu_s:
            self._forget_person()
            self._go("home")
        elif self._screen == "ask" and off and gone_s >= ANSWER_S:
            self._cancel()
        elif self._screen == "home" and self._wish is not None and gone_s >= WAIT_S:
            self._wish = None
            self._forget_person()
        elif self._screen == "result" and self._run is None:
            if off and gone_s >= MOTION.result_s:
                self._go("home")
            elif not off and self._onward is None and gone_s >= MOTION.result_s:
                self._onward = Chooser(("front",))

    def _press_menu(self, intent: Intent | Point) -> None:
        self._since_ns = self._now_ns
        if intent in (Intent.BACK, Intent.STOP):
            self._wish = None
            if not self._standing.loaded:
                self._forget_person()
            self._go("home")
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
            self._identify(self._person, None)
            self._open_what()

    def _all_faults(self) -> tuple[FaultLike, ...]:
        return (self._reader_fault, *self._faults) if self._reader_fault is not None else self._faults

    def _raise_faults(self, faults: tuple[FaultLike, ...]) -> None:
        """Told once: the tone, then the words, about the person first."""
        before = self._told
        self._faults = faults
        now = self._all_faults()
        self._told = (now[0].what.id, now[0].cell) if now else None
        if self._told is not None and self._told != before:
            self._due += [Tone("trouble"), Speak(say("flow.trouble.off") if self._standing.loaded else now[0].what)]
        if self._told is None and before is not None:
            self._kept_s = None

    def _go(self, screen: Screen) -> None:
        self._screen, self._since_ns = screen, self._now_ns

    def _drain(self) -> list[FlowEffect]:
        due, self._due = self._due, []
        return due
