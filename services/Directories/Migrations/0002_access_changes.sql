-- Users whose access has changed and whose live sessions have not been told yet: written with the change, gone when the bus has it.
CREATE TABLE access_changes (
    organization_id  UUID   NOT NULL,
    user_id          UUID   NOT NULL,
    changed_at       BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
