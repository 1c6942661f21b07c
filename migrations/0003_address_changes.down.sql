DROP INDEX audit_log_person;
DROP TABLE address_changes;
