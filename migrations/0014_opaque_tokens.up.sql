-- Access tokens that can only be looked up: what each would say if it were a JWT.
CREATE TABLE opaque_tokens (
    digest TEXT PRIMARY KEY,
    claims TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX opaque_tokens_expiry ON opaque_tokens (expires_at);
