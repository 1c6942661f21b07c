ALTER TABLE grants DROP COLUMN idp;
ALTER TABLE sessions DROP COLUMN idp;
DROP TABLE security_events;
DROP TABLE visits;
DROP TABLE identities;
