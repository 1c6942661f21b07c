DROP INDEX throttles_purpose;
ALTER TABLE throttles DROP COLUMN purpose;
DROP TABLE devices;
