-- What administrators have set for an organization as a whole: one sealed record of each kind.
CREATE TABLE settings (
    organization_id  UUID    NOT NULL,
    kind             INTEGER NOT NULL,
    sealed           BYTEA   NOT NULL,
    PRIMARY KEY (organization_id, kind)
);

-- Whatever else an organization has many of: device overrides, access tokens, export jobs, availability providers. record_id is random, or
-- made of a blind index of what the record is found by. owner_id is the user or resource it is about, and is gone with; or zero.
CREATE TABLE records (
    organization_id  UUID    NOT NULL,
    kind             INTEGER NOT NULL,
    record_id        UUID    NOT NULL,
    owner_id         UUID    NOT NULL,
    sealed           BYTEA   NOT NULL,
    PRIMARY KEY (organization_id, kind, record_id)
);

CREATE INDEX records_by_owner ON records (organization_id, owner_id);

-- Applications that were registered for signing in through an identity provider: of the account, not of an organization.
CREATE TABLE identity_applications (
    application_id  TEXT   NOT NULL PRIMARY KEY,
    token_index     BYTEA,
    sealed          BYTEA  NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE UNIQUE INDEX identity_applications_by_token ON identity_applications (token_index);

-- Requests that may be repeated without being carried out twice, and what was answered: for a day.
CREATE TABLE client_tokens (
    organization_id  UUID   NOT NULL,
    token_index      BYTEA  NOT NULL,
    request_index    BYTEA  NOT NULL,
    answer           TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, token_index)
);

-- rights: 1 full access, 2 send as, 4 send on behalf.
CREATE TABLE mailbox_permissions (
    organization_id  UUID    NOT NULL,
    owner_id         UUID    NOT NULL,
    grantee_id       UUID    NOT NULL,
    rights           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, owner_id, grantee_id)
);

CREATE INDEX mailbox_permissions_by_grantee ON mailbox_permissions (organization_id, grantee_id);
