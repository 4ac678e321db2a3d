"""Run by Alembic on the connection that `station.store.engine.migrate` gives it."""

from alembic import context

from station.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
