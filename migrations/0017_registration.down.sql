DROP TABLE client_documents;
DROP TABLE initial_access_tokens;
DROP TABLE registration_tokens;
DELETE FROM clients WHERE provenance = 'document';
DROP INDEX clients_provenance;
ALTER TABLE clients DROP COLUMN provenance;
