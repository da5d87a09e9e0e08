-- Messages that were accepted and are not finished. Everything about them is sealed under their message key, which is sealed
-- under the organization's transport key.
CREATE TABLE spool (
    organization_id  UUID    NOT NULL,
    message_id       UUID    NOT NULL,
    direction        INTEGER NOT NULL,
    body_id          UUID    NOT NULL,
    body_location    TEXT    NOT NULL,
    body_size        BIGINT  NOT NULL,
    sealed_key       BYTEA   NOT NULL,
    sealed_envelope  BYTEA   NOT NULL,
    sealed_summary   BYTEA   NOT NULL,
    attempts         INTEGER NOT NULL,
    next_attempt_at  BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    lease_owner      UUID,
    lease_until      BIGINT  NOT NULL,
    received_at      BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, message_id)
);

CREATE INDEX spool_due ON spool (next_attempt_at);
CREATE INDEX spool_bodies ON spool (body_id);

-- Recipients elsewhere, together by destination. They keep the message's body alive after its spool row has gone.
CREATE TABLE outbound (
    organization_id    UUID    NOT NULL,
    queue_id           UUID    NOT NULL,
    message_id         UUID    NOT NULL,
    destination_index  BYTEA   NOT NULL,
    body_id            UUID    NOT NULL,
    body_location      TEXT    NOT NULL,
    body_size          BIGINT  NOT NULL,
    sealed_key         BYTEA   NOT NULL,
    sealed_job         BYTEA   NOT NULL,
    attempts           INTEGER NOT NULL,
    next_attempt_at    BIGINT  NOT NULL,
    expires_at         BIGINT  NOT NULL,
    warn_at            BIGINT  NOT NULL,
    lease_owner        UUID,
    lease_until        BIGINT  NOT NULL,
    created_at         BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, queue_id)
);

CREATE INDEX outbound_due ON outbound (next_attempt_at);
CREATE INDEX outbound_bodies ON outbound (body_id);
