"""Questions before eyes-closed, foam and one-leg work: something to hold, the stop signal heard, a helper beside.

They are answered by key, foot button, touch or phone, never by leaning.
"""

from __future__ import annotations

from typing import Literal

from station.core.scene import Scene, Shape, Text
from station.core.theme import GRID
from station.flow.art import hand_on_rail, speaker, two_people
from station.flow.pieces import FIGURE_MID_X, STAGE_MID_Y, Furniture, Picture, band, headline, line_h, strip, yes_no
from station.words import Words, say

Question = Literal["safety", "sound", "helper"]
PICTURE = 504


def safety_scene(question: Question, title: Words, furniture: Furniture, *, loaded: bool, heard_nothing: bool = False) -> Scene:
    """`title`: what is about to start. `loaded`: somebody stands on the plate. `heard_nothing`: why a helper is asked for."""
    pictures = {"safety": hand_on_rail, "sound": speaker, "helper": two_people}
    picture: Picture = "key"
    shapes: list[Shape] = [
        *strip(title, furniture),
        headline(say(f"flow.ask.{question}")),
        Text(_line(question, heard_nothing), GRID.words_x, 432, GRID.words_w, line_h("label", 2), "label", "quiet", lines=2, top=True),
        *pictures[question](FIGURE_MID_X, STAGE_MID_Y, PICTURE),
        *yes_no(),
        *band(say("flow.ask.band-on" if loaded else "flow.ask.band"), picture),
    ]
    return Scene(f"ask-{question}", tuple(shapes), (), say(f"flow.ask.{question}"))


def _line(question: Question, heard_nothing: bool) -> Words:
    if question == "helper":
        return say("flow.ask.helper.unheard" if heard_nothing else "flow.ask.helper.no-sound")
    return say(f"flow.ask.{question}.line")
