DROP INDEX accounts_administrators;
ALTER TABLE accounts DROP COLUMN group_names;
ALTER TABLE accounts DROP COLUMN roles;
