-- Rooms and equipment are entities of kind 3. Who answers for them: users and groups.
CREATE TABLE resource_delegates (
    organization_id  UUID NOT NULL,
    resource_id      UUID NOT NULL,
    delegate_id      UUID NOT NULL,
    PRIMARY KEY (organization_id, resource_id, delegate_id)
);

CREATE INDEX resource_delegates_by_delegate ON resource_delegates (organization_id, delegate_id);
