"""Engines on the database: one that writes (the station's only connection) and one that reads (the pages'), and its migrations.

The hooks make every transaction, DDL too, all or nothing: SQLite's driver would commit DDL on its own, and Alembic with default
settings left half-done migrations when it was killed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, Pool, QueuePool, create_engine, event

from station.errors import StoreError
from station.store.places import DATABASE
from station.words import say


def database_path(folder: Path) -> Path:
    return folder / DATABASE


def writing_engine(path: Path) -> Engine:
    """The one connection that writes: WAL, synchronous FULL, every transaction BEGIN IMMEDIATE."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=QueuePool, pool_size=1, max_overflow=0)
    _hook(
        engine,
        (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=5000",
            "foreign_keys=ON",
            "secure_delete=ON",
            "journal_size_limit=4194304",
        ),
        "BEGIN IMMEDIATE",
    )
    return engine


def reading_engine(path: Path) -> Engine:
    """Reads only: the file is opened read-only and the connection refuses writes."""
    # quoted twice: SQLAlchemy undoes one, SQLite the other
    engine = create_engine(f"sqlite:///file:{quote(quote(str(path)))}?mode=ro&uri=true", pool_size=4)
    _hook(engine, ("query_only=1", "busy_timeout=5000"), "BEGIN")
    return engine


def _hook(engine: Engine, pragmas: tuple[str, ...], begin: str) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin and commit, not the driver
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: Engine, path: Path) -> None:
    """To the newest schema in one transaction, with a copy of an older file beside it. Refuses a database of newer software."""
    config = _alembic()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    if current is not None:
        if current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(say("store.newer", file=str(path), version=current), say("store.newer.do"))
        _copy(engine, path.with_name(f"{path.name}.before-{head}"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _copy(engine: Engine, to: Path) -> None:
    """A whole copy, with what only the write-ahead log holds."""
    to.unlink(missing_ok=True)
    pool: Pool = engine.pool
    connection = pool.connect()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(to),))
    finally:
        connection.close()


def checkpoint(engine: Engine) -> None:
    """Fold the write-ahead log into the file: a short log is a small loss when a card lies."""
    pool: Pool = engine.pool
    connection = pool.connect()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
