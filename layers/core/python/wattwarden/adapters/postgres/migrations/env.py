"""Alembic's environment. Migrations run on the connection that `migrate.upgrade` hands over, in its transaction."""

from alembic import context

from wattwarden.adapters.postgres.base.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
