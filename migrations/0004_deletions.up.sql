-- Accounts that their owners deleted: disabled until they are erased, restored by the mailed link until then.

CREATE TABLE deletions (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    undo_digest TEXT NOT NULL UNIQUE,
    requested_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX deletions_expiry ON deletions (expires_at);
