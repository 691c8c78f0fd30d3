CREATE TABLE projects (
    name VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    cell_px BIGINT NOT NULL,
    recipe JSONB NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_projects PRIMARY KEY (id),
    CONSTRAINT ck_projects_cell_px CHECK (cell_px BETWEEN 4 AND 4096),
    CONSTRAINT uq_projects_name UNIQUE (name)
);

CREATE TABLE users (
    name VARCHAR NOT NULL,
    is_admin BOOLEAN NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_name UNIQUE (name)
);

CREATE TABLE classes (
    project_id BIGINT NOT NULL,
    value BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    color VARCHAR NOT NULL,
    key VARCHAR,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_classes PRIMARY KEY (id),
    CONSTRAINT ck_classes_value CHECK (value BETWEEN 0 AND 253),
    CONSTRAINT fk_classes_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT uq_classes_project_id_name UNIQUE (project_id, name),
    CONSTRAINT uq_classes_project_id_value UNIQUE (project_id, value)
);

CREATE TABLE members (
    project_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role VARCHAR NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_members PRIMARY KEY (project_id, user_id),
    CONSTRAINT ck_members_role CHECK (role IN ('annotator', 'reviewer', 'admin')),
    CONSTRAINT fk_members_project_id_projects
        FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT fk_members_user_id_users
        FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX ix_members_user_id ON members (user_id);

CREATE TABLE tokens (
    user_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    prefix VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT fk_tokens_user_id_users
        FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT,
    CONSTRAINT uq_tokens_digest UNIQUE (digest)
);
CREATE INDEX ix_tokens_user_id ON tokens (user_id);

CREATE TABLE idempotency_keys (
    user_id BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    status BIGINT,
    body JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key),
    CONSTRAINT fk_idempotency_keys_user_id_users
        FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
