-- How many names of assertions and proofs may be remembered, handed out to processes in blocks, by the end of the minute
-- in which those names end. The row 0 is what whoever takes a block holds.
CREATE TABLE replay_blocks (
    ends_at BIGINT PRIMARY KEY,
    names BIGINT NOT NULL
);
INSERT INTO replay_blocks (ends_at, names) VALUES (0, 0);
