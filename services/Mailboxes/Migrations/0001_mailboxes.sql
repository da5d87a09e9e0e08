CREATE TABLE mailboxes (
    mailbox_id       UUID   NOT NULL PRIMARY KEY,
    organization_id  UUID   NOT NULL,
    quota_bytes      BIGINT NOT NULL,
    used_bytes       BIGINT NOT NULL,
    highest_modseq   BIGINT NOT NULL,
    item_count       BIGINT NOT NULL,
    sealed_keywords  BYTEA,
    created_at       BIGINT NOT NULL
);

-- The top level is the nil UUID. Names are sealed; name_index is blind, and unique among siblings.
CREATE TABLE folders (
    mailbox_id       UUID    NOT NULL,
    folder_id        UUID    NOT NULL,
    parent_id        UUID    NOT NULL,
    role             INTEGER NOT NULL,
    container_class  TEXT    NOT NULL,
    sealed_name      BYTEA   NOT NULL,
    name_index       BYTEA   NOT NULL,
    uid_validity     BIGINT  NOT NULL,
    uid_next         BIGINT  NOT NULL,
    highest_modseq   BIGINT  NOT NULL,
    message_count    BIGINT  NOT NULL,
    unseen_count     BIGINT  NOT NULL,
    size_bytes       BIGINT  NOT NULL,
    subscribed       BOOLEAN NOT NULL,
    PRIMARY KEY (mailbox_id, folder_id)
);

CREATE UNIQUE INDEX folders_by_name ON folders (mailbox_id, parent_id, name_index);

-- sealed: the message key and this copy's own header lines, under the mailbox key. properties: what has no place in the MIME.
CREATE TABLE items (
    mailbox_id       UUID   NOT NULL,
    item_id          UUID   NOT NULL,
    folder_id        UUID   NOT NULL,
    uid              BIGINT NOT NULL,
    modseq           BIGINT NOT NULL,
    created_modseq   BIGINT NOT NULL,
    class            TEXT   NOT NULL,
    flags            BIGINT NOT NULL,
    size             BIGINT NOT NULL,
    received_at      BIGINT NOT NULL,
    saved_at         BIGINT NOT NULL,
    body_id          UUID   NOT NULL,
    sealed           BYTEA  NOT NULL,
    properties       BYTEA,
    PRIMARY KEY (mailbox_id, item_id)
);

CREATE UNIQUE INDEX items_by_uid ON items (mailbox_id, folder_id, uid);
CREATE INDEX items_by_modseq ON items (mailbox_id, folder_id, modseq);
CREATE INDEX items_by_body ON items (body_id);

CREATE TABLE tombstones (
    mailbox_id  UUID   NOT NULL,
    folder_id   UUID   NOT NULL,
    modseq      BIGINT NOT NULL,
    uid         BIGINT NOT NULL,
    item_id     UUID   NOT NULL,
    PRIMARY KEY (mailbox_id, folder_id, modseq, uid)
);

CREATE INDEX tombstones_by_item ON tombstones (mailbox_id, item_id);

-- summary is sealed under the message key, like the body itself.
CREATE TABLE bodies (
    body_id     UUID   NOT NULL PRIMARY KEY,
    location    TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    summary     BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);
