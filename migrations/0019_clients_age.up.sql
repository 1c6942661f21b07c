-- Whoever registers when there are as many clients as are kept looks for the oldest that may go, and reads this alone.
CREATE INDEX clients_age ON clients (provenance, created_at, disabled_at, client_id);
DROP INDEX clients_provenance;
