"""The first schema: people, visits, runs, trials, measures, links, moves, boots, facts. Frozen: later changes are later revisions."""

from __future__ import annotations

from alembic import op
from sqlalchemy import REAL, BigInteger, Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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


_table("facts", Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

_table(
    "boots",
    Column("id", Text, primary_key=True),
    Column("started_ns", Big, nullable=False),
    Column("mono_ns", Big, nullable=False),
    Column("synced", YesNo, nullable=False),
    Column("software", Text, nullable=False),
)

_table(
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

_table(
    "visits",
    Column("id", Text, primary_key=True),
    Column("boot_id", Text),
    Column("person_id", Text, ForeignKey("people.id")),
    Column("started_ns", Big, nullable=False),
)

_table(
    "runs",
    Column("id", Text, primary_key=True),
    Column("visit_id", Text),
    Column("person_id", Text, ForeignKey("people.id")),
    Column("protocol_id", Text, nullable=False),
    Column("started_ns", Big),
    Column("status", Text, nullable=False),
    Column("result_json", Text),
)

_table(
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
    Column("result_json", Text),
    Index("ix_trials_person", "person_id", "serial"),
    Index("ix_trials_run", "run_id"),
)

_table(
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

_table(
    "tokens",
    Column("sha256", Text, primary_key=True),
    Column("trial_id", Text, ForeignKey("trials.id"), nullable=False),
    Column("created_ns", Big, nullable=False),
    Column("expires_ns", Big, nullable=False),
    Column("revoked", YesNo, nullable=False),
)

_table(
    "moves",
    Column("id", Text, primary_key=True),
    Column("trial_id", Text, ForeignKey("trials.id"), nullable=False),
    Column("from_person", Text),
    Column("to_person", Text),
    Column("moved_ns", Big, nullable=False),
)


def upgrade() -> None:
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
