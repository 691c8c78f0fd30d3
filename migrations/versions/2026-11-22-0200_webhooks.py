"""Webhooks, and the messages that a trigger on events writes for them."""

import sqlalchemy as sa
from alembic import op

revision = "7c1f0b6d92ea"
down_revision = "e27b90c4d61a"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhooks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    project_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    url VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    kinds TEXT[] NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_webhooks PRIMARY KEY (id),
    CONSTRAINT fk_webhooks_project_id_projects FOREIGN KEY (project_id)
        REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_webhooks_user_id_users FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT ck_webhooks_kinds CHECK (cardinality(kinds) > 0)
);
CREATE INDEX ix_webhooks_project_id ON webhooks (project_id);
CREATE TABLE deliveries (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    project_id BIGINT NOT NULL,
    webhook_id BIGINT NOT NULL,
    event_id BIGINT,
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL DEFAULT 'pending',
    attempt BIGINT NOT NULL DEFAULT 0,
    not_before TIMESTAMPTZ NOT NULL DEFAULT now(),
    status SMALLINT,
    error VARCHAR,
    took_ms BIGINT,
    ended_at TIMESTAMPTZ,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT fk_deliveries_project_id_projects FOREIGN KEY (project_id)
        REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_deliveries_webhook_id_webhooks FOREIGN KEY (webhook_id)
        REFERENCES webhooks (id) ON DELETE RESTRICT,
    CONSTRAINT fk_deliveries_event_id_events FOREIGN KEY (event_id)
        REFERENCES events (id) ON DELETE RESTRICT,
    CONSTRAINT ck_deliveries_state CHECK (state IN ('pending', 'delivered', 'failed')),
    CONSTRAINT ck_deliveries_ended CHECK ((ended_at IS NOT NULL) = (state <> 'pending'))
);
CREATE INDEX ix_deliveries_webhook_id_id ON deliveries (webhook_id, id);
CREATE INDEX ix_deliveries_due ON deliveries (not_before) WHERE state = 'pending';
"""

# In the event's transaction, whoever writes the event and however many it writes at once.
TRIGGER = """
CREATE FUNCTION queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deliveries (project_id, webhook_id, event_id, kind)
  SELECT NEW.project_id, id, NEW.id, NEW.kind FROM webhooks
  WHERE project_id = NEW.project_id AND active
    AND kinds && ARRAY[NEW.kind, split_part(NEW.kind, '.', 1)]::text[];
  RETURN NULL;
END $$;
CREATE TRIGGER events_told AFTER INSERT ON events
FOR EACH ROW WHEN (NEW.project_id IS NOT NULL) EXECUTE FUNCTION queue_deliveries();
"""


def upgrade() -> None:
    op.execute(sa.text(TABLES))
    op.execute(sa.text(TRIGGER))


def downgrade() -> None:
    op.execute("DROP TRIGGER events_told ON events")
    op.execute("DROP FUNCTION queue_deliveries()")
    op.drop_table("deliveries")
    op.drop_table("webhooks")
