-- What happened to authorization requests, for whoever has to find out why a sign-in failed: one row for each HTTP request
-- that had a part in it. No secrets, short-lived, and of no consequence when lost.
CREATE TABLE traces (
    request_id TEXT PRIMARY KEY,
    trace TEXT,
    grant_id TEXT,
    client_id TEXT,
    at BIGINT NOT NULL,
    events TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX traces_trace ON traces (trace);
CREATE INDEX traces_grant ON traces (grant_id);
CREATE INDEX traces_time ON traces (at);
CREATE INDEX traces_expiry ON traces (expires_at);
