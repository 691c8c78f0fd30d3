CREATE TABLE images (
    project_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    mask_key VARCHAR,
    mask_clicks BIGINT NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_images PRIMARY KEY (id),
    CONSTRAINT ck_images_split CHECK (split IN ('pool', 'val', 'test')),
    CONSTRAINT fk_images_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_images_project_id_sha256 UNIQUE (project_id, sha256),
    CONSTRAINT uq_images_project_id_split_name UNIQUE (project_id, split, name)
);
CREATE INDEX ix_images_project_id_split_id ON images (project_id, split, id);

CREATE TABLE cycles (
    project_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    budget_regions BIGINT NOT NULL,
    strategy JSONB NOT NULL,
    recipe JSONB NOT NULL,
    seed BIGINT NOT NULL,
    auto BOOLEAN NOT NULL,
    evaluate_test BOOLEAN NOT NULL,
    manifest_digest VARCHAR NOT NULL,
    manifest_summary JSONB NOT NULL,
    started_by BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    error VARCHAR,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_cycles PRIMARY KEY (id),
    CONSTRAINT ck_cycles_state
        CHECK (state IN ('training', 'evaluating', 'scoring', 'selecting', 'labelling', 'closed', 'failed', 'cancelled')),
    CONSTRAINT fk_cycles_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_cycles_started_by_users
        FOREIGN KEY(started_by) REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT uq_cycles_project_id_number UNIQUE (project_id, number)
);
CREATE UNIQUE INDEX uq_cycles_open ON cycles (project_id) 
    WHERE state IN ('training', 'evaluating', 'scoring', 'selecting', 'labelling');

CREATE TABLE jobs (
    project_id BIGINT NOT NULL,
    cycle_id BIGINT,
    kind VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    request JSONB NOT NULL,
    progress JSONB NOT NULL,
    checkpoint JSONB,
    result JSONB,
    digest VARCHAR,
    epoch BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    worker VARCHAR,
    claimed_at TIMESTAMP WITH TIME ZONE,
    heartbeat_at TIMESTAMP WITH TIME ZONE,
    lease_until TIMESTAMP WITH TIME ZONE,
    not_before TIMESTAMP WITH TIME ZONE,
    last_rung_at TIMESTAMP WITH TIME ZONE,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    error_class VARCHAR,
    error_text VARCHAR,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT ck_jobs_finished
        CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled'))),
    CONSTRAINT ck_jobs_kind CHECK (kind IN ('import', 'train', 'evaluate', 'score', 'select')),
    CONSTRAINT ck_jobs_state
        CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT ck_jobs_attempt CHECK (attempt <= epoch),
    CONSTRAINT fk_jobs_cycle_id_cycles
        FOREIGN KEY(cycle_id) REFERENCES cycles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_jobs_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_jobs_cycle_id_kind UNIQUE (cycle_id, kind)
);
CREATE INDEX ix_jobs_live ON jobs (state) WHERE state IN ('pending', 'running');
CREATE INDEX ix_jobs_project_id_id ON jobs (project_id, id);
CREATE UNIQUE INDEX uq_jobs_running_stage ON jobs (project_id) WHERE state = 'running' AND cycle_id IS NOT NULL;

CREATE TABLE models (
    project_id BIGINT NOT NULL,
    cycle_id BIGINT NOT NULL,
    weights_key VARCHAR NOT NULL,
    card_key VARCHAR NOT NULL,
    card JSONB NOT NULL,
    manifest_digest VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_models PRIMARY KEY (id),
    CONSTRAINT fk_models_cycle_id_cycles
        FOREIGN KEY(cycle_id) REFERENCES cycles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_models_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_models_cycle_id UNIQUE (cycle_id)
);
CREATE INDEX ix_models_project_id ON models (project_id);

CREATE TABLE metrics (
    project_id BIGINT NOT NULL,
    cycle_id BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    split VARCHAR NOT NULL,
    images BIGINT NOT NULL,
    confusion JSONB NOT NULL,
    iou JSONB NOT NULL,
    miou DOUBLE PRECISION,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_metrics PRIMARY KEY (id),
    CONSTRAINT fk_metrics_cycle_id_cycles
        FOREIGN KEY(cycle_id) REFERENCES cycles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_metrics_model_id_models
        FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE RESTRICT,
    CONSTRAINT fk_metrics_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_metrics_model_id_split UNIQUE (model_id, split)
);
CREATE INDEX ix_metrics_cycle_id ON metrics (cycle_id);
CREATE INDEX ix_metrics_project_id ON metrics (project_id);

CREATE TABLE events (
    kind VARCHAR NOT NULL,
    project_id BIGINT,
    cycle_id BIGINT,
    user_id BIGINT,
    data JSONB NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT fk_events_cycle_id_cycles
        FOREIGN KEY(cycle_id) REFERENCES cycles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_events_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_events_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX ix_events_project_id_id ON events (project_id, id);
