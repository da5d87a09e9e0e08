-- The highest uid validity that a folder of this mailbox was given: a folder made again under an old name gets a higher one.
ALTER TABLE mailboxes ADD COLUMN last_uid_validity BIGINT NOT NULL DEFAULT 0;
