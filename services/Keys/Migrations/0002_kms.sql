ALTER TABLE cmks ADD COLUMN record BYTEA;
ALTER TABLE cmks ADD COLUMN rotation_at BIGINT;
ALTER TABLE cmks ADD COLUMN rewrapped_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE cmk_versions ADD COLUMN is_on_demand INTEGER NOT NULL DEFAULT 0;

-- By the keyed hash of its name.
CREATE TABLE aliases (
    name_index  BYTEA  NOT NULL PRIMARY KEY,
    key_id      UUID   NOT NULL,
    sealed      BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE INDEX aliases_by_key ON aliases (key_id);

-- What administrators grant. An organization's own grant, made with it, is in grants.
CREATE TABLE given_grants (
    grant_id    UUID   NOT NULL PRIMARY KEY,
    key_id      UUID   NOT NULL,
    sealed      BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE INDEX given_grants_by_key ON given_grants (key_id, grant_id);
