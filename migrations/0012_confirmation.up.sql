-- What the holder of a grant's refresh tokens must prove, and the key a code was asked for with.
ALTER TABLE grants ADD COLUMN confirmation TEXT;
ALTER TABLE authorization_codes ADD COLUMN dpop_jkt TEXT;
