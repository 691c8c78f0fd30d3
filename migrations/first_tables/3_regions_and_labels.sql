CREATE TABLE regions (
    project_id BIGINT NOT NULL,
    cycle_id BIGINT NOT NULL,
    image_id BIGINT NOT NULL,
    cell_row BIGINT NOT NULL,
    cell_col BIGINT NOT NULL,
    "left" BIGINT NOT NULL,
    top BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    score DOUBLE PRECISION,
    source VARCHAR NOT NULL,
    suggestion_key VARCHAR,
    confidence_key VARCHAR,
    state VARCHAR NOT NULL,
    epoch BIGINT NOT NULL,
    lease_id UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    label_id BIGINT,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_regions PRIMARY KEY (id),
    CONSTRAINT ck_regions_state CHECK (state IN ('open', 'labelled', 'skipped', 'withdrawn')),
    CONSTRAINT ck_regions_box CHECK (width > 0 AND height > 0),
    CONSTRAINT fk_regions_cycle_id_cycles
        FOREIGN KEY(cycle_id) REFERENCES cycles (id) ON DELETE RESTRICT,
    CONSTRAINT fk_regions_image_id_images
        FOREIGN KEY(image_id) REFERENCES images (id) ON DELETE RESTRICT,
    CONSTRAINT fk_regions_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_regions_cycle_id_image_id_cell_row_cell_col UNIQUE (cycle_id, image_id, cell_row, cell_col)
)
 WITH (fillfactor = 70);
CREATE INDEX ix_regions_image_id ON regions (image_id);
CREATE INDEX ix_regions_open ON regions (cycle_id) WHERE state = 'open';
CREATE INDEX ix_regions_queue ON regions (project_id, priority, rank, id) WHERE state = 'open';

CREATE TABLE leases (
    id UUID NOT NULL,
    project_id BIGINT NOT NULL,
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    session VARCHAR NOT NULL,
    epoch BIGINT NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    outcome VARCHAR,
    reason VARCHAR DEFAULT '' NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (id),
    CONSTRAINT ck_leases_outcome
        CHECK (outcome IN ('submitted', 'released', 'skipped', 'expired', 'superseded')),
    CONSTRAINT fk_leases_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_leases_region_id_regions
        FOREIGN KEY(region_id) REFERENCES regions (id) ON DELETE RESTRICT,
    CONSTRAINT fk_leases_user_id_users
        FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT uq_leases_region_id_epoch UNIQUE (region_id, epoch)
);
CREATE INDEX ix_leases_live ON leases (user_id, session) WHERE outcome IS NULL;
CREATE INDEX ix_leases_skipped ON leases (user_id, region_id) WHERE reason <> '';

CREATE TABLE labels (
    project_id BIGINT NOT NULL,
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    lease_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    mask_key VARCHAR NOT NULL,
    labelled_px BIGINT NOT NULL,
    void_px BIGINT NOT NULL,
    not_asked_px BIGINT NOT NULL,
    estimated_clicks BIGINT NOT NULL,
    active_ms BIGINT NOT NULL,
    actions JSONB NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_labels PRIMARY KEY (id),
    CONSTRAINT ck_labels_status CHECK (status IN ('accepted', 'draft')),
    CONSTRAINT fk_labels_lease_id_leases
        FOREIGN KEY(lease_id) REFERENCES leases (id) ON DELETE RESTRICT,
    CONSTRAINT fk_labels_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_labels_region_id_regions
        FOREIGN KEY(region_id) REFERENCES regions (id) ON DELETE RESTRICT,
    CONSTRAINT fk_labels_user_id_users
        FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT uq_labels_region_id_revision UNIQUE (region_id, revision)
);
CREATE INDEX ix_labels_user_id ON labels (user_id);
CREATE UNIQUE INDEX uq_labels_accepted ON labels (lease_id) WHERE status = 'accepted';
