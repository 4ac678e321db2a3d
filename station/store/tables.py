"""The index: people, visits, runs, trials, measures, links. Recordings are the truth; this can be made anew from them.

Text ids (uuid4), times as nanoseconds since 1970 UTC with a `synced` flag where the clock may be wrong. Plain SQLAlchemy Core:
the same tables serve SQLite here and PostgreSQL at a site.
"""

from __future__ import annotations

from sqlalchemy import REAL, BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# A STRICT table of SQLite knows INTEGER (64 bits), REAL and TEXT; PostgreSQL wants its own names.
Big = BigInteger().with_variant(Integer, "sqlite")
Real: TypeEngine[float] = Double().with_variant(REAL, "sqlite")
YesNo = Boolean().with_variant(Integer, "sqlite")


def _table(name: str, *columns: Column[object] | Index) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True)


facts = _table("facts", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

boots = _table(
    "boots",
    Column("id", Text, primary_key=True),
    Column("started_ns", Big, nullable=False),
    Column("mono_ns", Big, nullable=False),
    Column("synced", YesNo, nullable=False),
    Column("software", Text, nullable=False),
)

people = _table(
    "people",
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("nickname", Text, nullable=False),
    Column("animal", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("created_ns", Big, nullable=False),
    Column("seen_ns", Big),
    Column("weight_kg", Real),
    Column("demo", YesNo, nullable=False),
)

visits = _table(
    "visits",
    Column("id", Text, primary_key=True),
    Column("boot_id", Text),
    Column("person_id", Text, ForeignKey("people.id")),
    Column("started_ns", Big, nullable=False),
)

runs = _table(
    "runs",
    Column("id", Text, primary_key=True),
    Column("visit_id", Text),
    Column("person_id", Text, ForeignKey("people.id")),
    Column("protocol_id", Text, nullable=False),
    Column("started_ns", Big),
    Column("status", Text, nullable=False),
    Column("result_json", Text),
)

trials = _table(
    "trials",
    Column("id", Text, primary_key=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("visit_id", Text),
    Column("person_id", Text, ForeignKey("people.id")),
    Column("boot_id", Text),
    Column("protocol_id", Text, nullable=False),
    Column("started_ns", Big),
    Column("mono_ns", Big),  # with the boot it repairs the date once the clock is right
    Column("synced", YesNo, nullable=False),
    Column("serial", Integer, nullable=False),  # order of arrival: wall clocks jump
    Column("demo", YesNo, nullable=False),
    Column("status", Text, nullable=False),
    Column("verdict", Text),
    Column("mark", Text, nullable=False),
    Column("mark_reason", Text, nullable=False),
    Column("result_json", Text),  # the machine's own, whatever a person said
    Column("override_json", Text),  # the person's verdict in force
    Column("software", Text),  # that computed the result
    Column("calibration_sha256", Text),  # of the calibration and geometry it was computed with
    Index("ix_trials_person", "person_id", "serial"),
    Index("ix_trials_run", "run_id"),
)

measures = _table(
    "measures",
    Column("trial_id", Text, ForeignKey("trials.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Real),
    Column("unit", Text, nullable=False),
    Column("uncertainty", Real),
    Column("why", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("software", Text, nullable=False),
)

tokens = _table(
    "tokens",
    Column("sha256", Text, primary_key=True),
    Column("trial_id", Text, ForeignKey("trials.id"), nullable=False),
    Column("created_ns", Big, nullable=False),
    Column("expires_ns", Big, nullable=False),
    Column("revoked", YesNo, nullable=False),
)

moves = _table(
    "moves",
    Column("id", Text, primary_key=True),
    Column("trial_id", Text, ForeignKey("trials.id"), nullable=False),
    Column("from_person", Text),
    Column("to_person", Text),
    Column("moved_ns", Big, nullable=False),
)

# Every verdict that a person ever set; verdict NULL: it was taken back.
overrides = _table(
    "overrides",
    Column("id", Text, primary_key=True),
    Column("trial_id", Text, ForeignKey("trials.id"), nullable=False),
    Column("verdict", Text),
    Column("was", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_ns", Big, nullable=False),
    Column("synced", YesNo, nullable=False),
)
