-- What administrators have set for an organization as a whole: one sealed record of each kind.
CREATE TABLE settings (
    organization_id  UUID    NOT NULL,
    kind             INTEGER NOT NULL,
    sealed           BYTEA   NOT NULL,
    PRIMARY KEY (organization_id, kind)
);

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
