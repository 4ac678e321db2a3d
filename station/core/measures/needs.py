"""When a measure means nothing: the conditions that families share, and the sources they cite."""

from __future__ import annotations

from station.core.measures.registry import Need
from station.words import Num, say

PRIETO_1996 = "Prieto et al. 1996, IEEE Trans Biomed Eng 43:956"
QUIJOUX_2021 = "Quijoux et al. 2021, Physiol Rep 9:e15067"
BARATTO_2002 = "Baratto et al. 2002, Motor Control 6:246"
COLLINS_1993 = "Collins & De Luca 1993, Exp Brain Res 95:308"
SCHUBERT_2014 = "Schubert & Kirchner 2014, Gait Posture 39:518"
DUARTE_2015 = "Duarte 2015, letter to Gait & Posture"
PENG_1995 = "Peng et al. 1995, Chaos 5:82"
RICHMAN_2000 = "Richman & Moorman 2000, Am J Physiol 278:H2039"
COSTA_2002 = "Costa et al. 2002, Phys Rev Lett 89:068102"
SLOBOUNOV_1997 = "Slobounov et al. 1997, J Mot Behav 29:263"
RICCIO_1993 = "Riccio 1993"
HERTEL_2006 = "Hertel et al. 2006, J Appl Biomech 22:67"
WINTER_1998 = "Winter et al. 1998, J Neurophysiol 80:1211"
OWN = "own"
COMMON_USE = "in common use"

TEN_SECONDS = Need("why.under-10-s", lambda sway: sway.duration_s >= 10)
TWENTY_SECONDS = Need("why.under-20-s", lambda sway: sway.duration_s >= 20)
RUN_OF_20_S = Need("why.run-under-20-s", lambda sway: sway.run_s >= 20)
RUN_OF_40_S = Need("why.few-segments", lambda sway: sway.run_s >= 40, marks=True)
RUN_OF_30_S = Need("why.run-under-30-s", lambda sway: sway.run_s >= 30)
RUN_OF_60_S = Need("why.run-under-60-s", lambda sway: sway.run_s >= 60)
TWENTY_HZ_GRID = Need("why.other-rate", lambda sway: sway.fs_hz >= 20 and abs(sway.fs_hz / 20 - round(sway.fs_hz / 20)) < 1e-9)
FOUR_HUNDRED_POINTS = Need("why.under-400-points", lambda sway: sway.n_points >= 400)
ELONGATED = Need("why.nearly-round", lambda sway: sway.principal_mm2[0] >= 1.3**2 * sway.principal_mm2[1])
OUTLINES_KNOWN = Need("why.no-outlines", lambda sway: len(sway.context.feet_mm) > 0)
HEIGHT_KNOWN = Need("why.no-height", lambda sway: sway.context.height_mm is not None and sway.context.height_mm > 0)
BOTH_LEGS = Need("why.not-both-legs", lambda sway: sway.context.stance == "two-leg")
SPECTRUM = (RUN_OF_20_S, RUN_OF_40_S)
"""For every measure read from the Welch spectrum."""

WELCH = (say("parameter.band", low=Num(0.15, 2), high=Num(5)), say("parameter.welch", seconds=Num(20)))
WELCH_HALF = (say("parameter.welch-half"),)
