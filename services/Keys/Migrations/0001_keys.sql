CREATE TABLE root_key_check (
    id      INTEGER NOT NULL PRIMARY KEY,
    sealed  BYTEA   NOT NULL
);

CREATE TABLE cmks (
    key_id       UUID   NOT NULL PRIMARY KEY,
    arn          TEXT   NOT NULL UNIQUE,
    provider     TEXT   NOT NULL,
    spec         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    deletion_at  BIGINT
);

CREATE TABLE cmk_versions (
    key_id            UUID    NOT NULL,
    version           INTEGER NOT NULL,
    wrapped_material  BYTEA   NOT NULL,
    created_at        BIGINT  NOT NULL,
    PRIMARY KEY (key_id, version)
);

-- One grant lets the service encrypt and decrypt under a key for one organization.
CREATE TABLE grants (
    organization_id   UUID   NOT NULL PRIMARY KEY,
    organization_arn  TEXT   NOT NULL,
    grant_id          UUID   NOT NULL UNIQUE,
    key_id            UUID   NOT NULL,
    created_at        BIGINT NOT NULL,
    revoked_at        BIGINT
);

CREATE INDEX grants_by_key ON grants (key_id);

-- Keys of the installation have no organization, and keys of an organization no subject: the nil UUID then.
CREATE TABLE data_keys (
    organization_id  UUID    NOT NULL,
    purpose          INTEGER NOT NULL,
    subject_id       UUID    NOT NULL,
    wrapped_key      BYTEA   NOT NULL,
    created_at       BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, purpose, subject_id)
);
