CREATE TABLE devices (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE INDEX devices_expiry ON devices (expires_at);

ALTER TABLE throttles ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
CREATE INDEX throttles_purpose ON throttles (purpose, expires_at);
