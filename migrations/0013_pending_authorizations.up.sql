-- Authorizations that a device or an app asked for and a person decides on elsewhere (RFC 8628, CIBA). The handle is
-- what leads the person there: a user code, or the digest of a mailed link.
CREATE TABLE pending_authorizations (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    handle TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    message TEXT,
    user_agent TEXT,
    ip TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    interval_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    decided_at BIGINT,
    grant_id TEXT REFERENCES grants (id) ON DELETE CASCADE,
    consumed_at BIGINT
);
CREATE INDEX pending_authorizations_expiry ON pending_authorizations (expires_at);
CREATE INDEX pending_authorizations_account ON pending_authorizations (account_id);
CREATE INDEX pending_authorizations_client ON pending_authorizations (client_id);
CREATE INDEX pending_authorizations_grant ON pending_authorizations (grant_id);

-- By which kind of request a grant was given; by code when absent.
ALTER TABLE grants ADD COLUMN via TEXT;
