CREATE TABLE pushed_requests (
    digest TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    request TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);

ALTER TABLE grants ADD COLUMN authorization_details TEXT NOT NULL DEFAULT '[]';
