ALTER TABLE grants DROP COLUMN authorization_details;
DROP TABLE pushed_requests;
