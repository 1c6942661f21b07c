-- A new address that a person asked for, and the way back to the old one. The code that proves the new address is the
-- row of one_time_codes with the same id.

CREATE TABLE address_changes (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    old_email TEXT NOT NULL,
    new_email TEXT NOT NULL,
    undo_digest TEXT NOT NULL UNIQUE,
    requested_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT,
    undone_at BIGINT
);
CREATE INDEX address_changes_account ON address_changes (account_id);
CREATE INDEX address_changes_expiry ON address_changes (expires_at);

-- What is recorded of one person, for their own copy and for erasing it.
CREATE INDEX audit_log_person ON audit_log (account_id, id);
