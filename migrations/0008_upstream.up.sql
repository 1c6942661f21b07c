CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    shown_as TEXT,
    taken TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    blocked_at BIGINT,
    sealed_tokens TEXT,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_account ON identities (account_id);

CREATE TABLE visits (
    state TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    browser TEXT NOT NULL,
    interaction_id TEXT NOT NULL REFERENCES interactions (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    sealed_pending TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX visits_interaction ON visits (interaction_id);
CREATE INDEX visits_expiry ON visits (expires_at);

CREATE TABLE security_events (
    provider TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (provider, jti)
);
CREATE INDEX security_events_expiry ON security_events (expires_at);

ALTER TABLE sessions ADD COLUMN idp TEXT;
ALTER TABLE grants ADD COLUMN idp TEXT;
