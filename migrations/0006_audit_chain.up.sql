-- Who did it and how it ended. Of entries that are older than these columns it is not known.
ALTER TABLE audit_log ADD COLUMN actor TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE audit_log ADD COLUMN actor_id TEXT;
ALTER TABLE audit_log ADD COLUMN outcome TEXT NOT NULL DEFAULT 'unknown';
-- The seal: null until the sealer has come by. A salt goes when what it covers is erased; the commitment stays.
ALTER TABLE audit_log ADD COLUMN position BIGINT;
ALTER TABLE audit_log ADD COLUMN previous TEXT;
ALTER TABLE audit_log ADD COLUMN digest TEXT;
ALTER TABLE audit_log ADD COLUMN subject_commitment TEXT;
ALTER TABLE audit_log ADD COLUMN subject_salt TEXT;
ALTER TABLE audit_log ADD COLUMN subject_erased_at BIGINT;
ALTER TABLE audit_log ADD COLUMN actor_commitment TEXT;
ALTER TABLE audit_log ADD COLUMN actor_salt TEXT;
ALTER TABLE audit_log ADD COLUMN actor_erased_at BIGINT;
CREATE UNIQUE INDEX audit_log_position ON audit_log (position) WHERE position IS NOT NULL;
CREATE INDEX audit_log_unsealed ON audit_log (id) WHERE position IS NULL;
CREATE INDEX audit_log_actor ON audit_log (actor_id, id) WHERE actor_id IS NOT NULL;

-- One row: entries are sealed and removed against what stands in it, so the chain has one end and one beginning.
CREATE TABLE audit_head (
    position BIGINT NOT NULL,
    digest TEXT NOT NULL,
    first_position BIGINT NOT NULL,
    anchor TEXT NOT NULL
);
INSERT INTO audit_head (position, digest, first_position, anchor) VALUES (0, '', 1, '');
