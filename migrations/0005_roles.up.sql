-- Lists of names with a blank between them, as scopes are kept.
ALTER TABLE accounts ADD COLUMN roles TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN group_names TEXT NOT NULL DEFAULT '';
-- Few have the role, and each that loses it is held against the others.
CREATE INDEX accounts_administrators ON accounts (id)
WHERE replace(' ' || roles || ' ', ' admin ', '') <> ' ' || roles || ' ';
