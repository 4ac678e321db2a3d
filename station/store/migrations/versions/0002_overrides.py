"""A person's verdict over the machine's, with every one ever set in a table of its own; what a result was made with."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Big = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    op.add_column("trials", Column("override_json", Text))
    op.add_column("trials", Column("software", Text))
    op.add_column("trials", Column("calibration_sha256", Text))
    op.create_table(
        "overrides",
        Column("id", Text, primary_key=True),
        Column("trial_id", Text, ForeignKey("trials.id", name="fk_overrides_trial_id"), nullable=False),
        Column("verdict", Text),
        Column("was", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("set_by", Text, nullable=False),
        Column("set_ns", Big, nullable=False),
        Column("synced", Boolean().with_variant(Integer, "sqlite"), nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("overrides")
    for column in ("calibration_sha256", "software", "override_json"):
        op.drop_column("trials", column)
