ALTER TABLE clients ADD COLUMN provenance TEXT NOT NULL DEFAULT 'operator';
CREATE INDEX clients_provenance ON clients (provenance);

CREATE TABLE registration_tokens (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    digest TEXT NOT NULL
);

CREATE TABLE initial_access_tokens (
    digest TEXT NOT NULL PRIMARY KEY,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);

CREATE TABLE client_documents (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    fetched_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL
);
CREATE INDEX client_documents_fetched ON client_documents (fetched_at);
