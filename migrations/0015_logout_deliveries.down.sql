DROP TABLE logout_deliveries;
ALTER TABLE grants DROP COLUMN sid;
DROP TABLE session_clients;
