-- Whoever may call the admin API, and the policies that they share: of the account. kind: 1 user, 2 group, 3 role, 4 policy. Names are
-- found again by their blind index; everything else is sealed.
CREATE TABLE iam_identities (
    identity_id  UUID    NOT NULL PRIMARY KEY,
    kind         INTEGER NOT NULL,
    name_index   BYTEA   NOT NULL,
    sealed       BYTEA   NOT NULL
);

CREATE UNIQUE INDEX iam_identities_by_name ON iam_identities (kind, name_index);

-- principal: 'administrator', or the identity_id of a user.
ALTER TABLE access_keys ADD COLUMN is_active BOOLEAN NOT NULL DEFAULT TRUE;

CREATE INDEX access_keys_by_principal ON access_keys (account_id, principal);
