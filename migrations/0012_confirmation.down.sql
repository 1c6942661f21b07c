ALTER TABLE authorization_codes DROP COLUMN dpop_jkt;
ALTER TABLE grants DROP COLUMN confirmation;
