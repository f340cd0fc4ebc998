"""Alembic's entry: the connection comes from `tenantry.migrations.runner`, the metadata from every slice's models."""

from alembic import context

from tenantry.migrations.runner import target_metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=target_metadata(),
    compare_type=True,
    render_as_batch=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
