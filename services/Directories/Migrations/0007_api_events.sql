-- Calls of the admin API. event_id is a UUID of version 7: their order is that of their times.
CREATE TABLE api_events (
    event_id  UUID  NOT NULL PRIMARY KEY,
    sealed    BYTEA NOT NULL
);
