-- Labels of an organization. A key is found again by its blind index; key and value are sealed together.
CREATE TABLE tags (
    organization_id  UUID  NOT NULL,
    key_index        BYTEA NOT NULL,
    sealed           BYTEA NOT NULL,
    PRIMARY KEY (organization_id, key_index)
);
