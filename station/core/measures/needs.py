"""When a measure means nothing: the conditions that families share, and the sources they cite."""

from __future__ import annotations

from station.core.measures.registry import Need

PRIETO_1996 = "Prieto et al. 1996, IEEE Trans Biomed Eng 43:956"
QUIJOUX_2021 = "Quijoux et al. 2021, Physiol Rep 9:e15067"
BARATTO_2002 = "Baratto et al. 2002, Motor Control 6:246"
COLLINS_1993 = "Collins & De Luca 1993, Exp Brain Res 95:308"
SCHUBERT_2014 = "Schubert & Kirchner 2014, Gait Posture 39:518"
DUARTE_2015 = "Duarte 2015, letter to Gait & Posture"
PENG_1995 = "Peng et al. 1995, Chaos 5:82"
RICHMAN_2000 = "Richman & Moorman 2000, Am J Physiol 278:H2039"
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
SPECTRUM = (RUN_OF_20_S, RUN_OF_40_S)
"""For every measure read from the Welch spectrum."""
