-- Names of assertions and proofs that were used: each works once. The digest is over who used it for what.
CREATE TABLE used_jtis (
    digest TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_jtis_expiry ON used_jtis (expires_at);
