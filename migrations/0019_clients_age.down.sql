CREATE INDEX clients_provenance ON clients (provenance);
DROP INDEX clients_age;
