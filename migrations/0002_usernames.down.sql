DROP TABLE username_holds;
DROP INDEX accounts_username;
ALTER TABLE accounts DROP COLUMN username;
