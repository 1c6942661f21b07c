ALTER TABLE grants DROP COLUMN via;
DROP TABLE pending_authorizations;
