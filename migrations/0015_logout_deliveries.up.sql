-- Which clients took part in which session. `sid` is the name by which the client knows it: that of the session in which
-- the client was first granted something, while `session_id` follows the session when it is renewed.
CREATE TABLE session_clients (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    sid TEXT NOT NULL,
    PRIMARY KEY (session_id, client_id, sid)
);
CREATE INDEX session_clients_client ON session_clients (client_id);
INSERT INTO session_clients (session_id, client_id, sid)
    SELECT DISTINCT s.id, g.client_id, s.id FROM grants g JOIN sessions s ON s.id = g.session_id;

-- The same name on the grant, for the ID tokens of refreshes; null where the session was never renewed.
ALTER TABLE grants ADD COLUMN sid TEXT;

-- Who is to be told of the end of a session (OpenID Connect Back-Channel Logout 1.0). It outlives session and account.
CREATE TABLE logout_deliveries (
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    sid TEXT NOT NULL,
    sub TEXT NOT NULL,
    uri TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    next_attempt_at BIGINT,
    attempts BIGINT NOT NULL,
    delivered_at BIGINT,
    failed_at BIGINT,
    last_status TEXT,
    PRIMARY KEY (client_id, sid)
);
CREATE INDEX logout_deliveries_due ON logout_deliveries (next_attempt_at);
CREATE INDEX logout_deliveries_created ON logout_deliveries (created_at, client_id, sid);
