-- Whatever a customer named is sealed; what must be found again has a blind index beside it.
CREATE TABLE organizations (
    organization_id    UUID   NOT NULL PRIMARY KEY,
    alias_index        BYTEA  NOT NULL,
    client_token_index BYTEA,
    state              TEXT   NOT NULL,
    default_domain_id  UUID   NOT NULL,
    sealed             BYTEA  NOT NULL,
    created_at         BIGINT NOT NULL,
    completed_at       BIGINT
);

CREATE UNIQUE INDEX organizations_by_alias ON organizations (alias_index);
CREATE UNIQUE INDEX organizations_by_token ON organizations (client_token_index);

-- state: 1 pending, 2 verified, 3 failed. Many may claim a name; one can prove it.
CREATE TABLE domains (
    organization_id  UUID    NOT NULL,
    domain_id        UUID    NOT NULL,
    name_index       BYTEA   NOT NULL,
    state            INTEGER NOT NULL,
    is_test          BOOLEAN NOT NULL,
    token            TEXT    NOT NULL,
    sealed_name      BYTEA   NOT NULL,
    created_at       BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, domain_id)
);

CREATE UNIQUE INDEX domains_verified ON domains (name_index) WHERE state = 2;
CREATE UNIQUE INDEX domains_by_organization ON domains (organization_id, name_index);

-- kind: 1 user, 2 group. state: 1 enabled, 2 disabled.
CREATE TABLE entities (
    organization_id  UUID    NOT NULL,
    entity_id        UUID    NOT NULL,
    kind             INTEGER NOT NULL,
    state            INTEGER NOT NULL,
    name_index       BYTEA   NOT NULL,
    sealed           BYTEA   NOT NULL,
    created_at       BIGINT  NOT NULL,
    enabled_at       BIGINT,
    disabled_at      BIGINT,
    PRIMARY KEY (organization_id, entity_id)
);

CREATE UNIQUE INDEX entities_by_name ON entities (organization_id, name_index);

-- address_index alone leads: an address belongs to one entity of the whole installation, and is found before its organization.
CREATE TABLE addresses (
    address_index    BYTEA   NOT NULL PRIMARY KEY,
    organization_id  UUID    NOT NULL,
    entity_id        UUID    NOT NULL,
    domain_id        UUID    NOT NULL,
    is_primary       BOOLEAN NOT NULL,
    sealed_address   BYTEA   NOT NULL
);

CREATE INDEX addresses_by_entity ON addresses (organization_id, entity_id);

CREATE TABLE members (
    organization_id  UUID NOT NULL,
    group_id         UUID NOT NULL,
    member_id        UUID NOT NULL,
    PRIMARY KEY (organization_id, group_id, member_id)
);

CREATE INDEX members_by_member ON members (organization_id, member_id);

CREATE TABLE credentials (
    organization_id  UUID   NOT NULL,
    entity_id        UUID   NOT NULL,
    sealed_hash      BYTEA  NOT NULL,
    changed_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, entity_id)
);

CREATE TABLE access_keys (
    access_key_id  TEXT    NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL,
    principal      TEXT    NOT NULL,
    sealed_secret  BYTEA   NOT NULL,
    created_at     BIGINT  NOT NULL
);

-- Mailboxes whose time has come, or will: 30 days after their user was disabled.
CREATE TABLE doomed_mailboxes (
    organization_id  UUID   NOT NULL,
    mailbox_id       UUID   NOT NULL,
    delete_at        BIGINT NOT NULL,
    PRIMARY KEY (organization_id, mailbox_id)
);
