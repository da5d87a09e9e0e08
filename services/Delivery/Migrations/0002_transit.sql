-- Messages that functions were asked about or told of, for those functions to read and, while they are asked, to replace. A row outlives
-- its message's way. What is in it is sealed under its message key, as in the spool.
CREATE TABLE transit (
    organization_id  UUID    NOT NULL,
    message_id       UUID    NOT NULL,
    direction        INTEGER NOT NULL,
    body_id          UUID    NOT NULL,
    body_location    TEXT    NOT NULL,
    body_size        BIGINT  NOT NULL,
    sealed_key       BYTEA   NOT NULL,
    sealed_trace     BYTEA   NOT NULL,
    -- What was found out about a replacement; NULL: it is still the message that came.
    sealed_facts     BYTEA,
    sealed_summary   BYTEA,
    -- 1: a function is being asked, and the message waits for it.
    is_held          INTEGER NOT NULL,
    expires_at       BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, message_id)
);

CREATE INDEX transit_messages ON transit (message_id);
CREATE INDEX transit_bodies ON transit (body_id);
CREATE INDEX transit_expiry ON transit (expires_at);
