-- Backups that are being taken, and the last that was. While held_until of one that isn't complete lies ahead, no segment of bodies
-- is deleted.
CREATE TABLE backups (
    backup_id     UUID   NOT NULL PRIMARY KEY,
    held_until    BIGINT NOT NULL,
    completed_at  BIGINT
);

-- Segments in which nothing lives, and since when: they are kept while tables may be taken back to a time when something did.
CREATE TABLE dead_segments (
    segment     TEXT   NOT NULL PRIMARY KEY,
    dead_since  BIGINT NOT NULL
);
