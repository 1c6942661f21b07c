-- The secret itself, sealed with the master key, for clients that sign with it (client_secret_jwt).
ALTER TABLE client_secrets ADD COLUMN sealed TEXT;
