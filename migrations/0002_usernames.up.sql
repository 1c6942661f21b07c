ALTER TABLE accounts ADD COLUMN username TEXT;
CREATE UNIQUE INDEX accounts_username ON accounts (username);

-- A name that a registration asked for, kept for its address until that is proven, whether or not the address was
-- somebody's already.
CREATE TABLE username_holds (
    username TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX username_holds_email ON username_holds (email);
CREATE INDEX username_holds_expiry ON username_holds (expires_at);
