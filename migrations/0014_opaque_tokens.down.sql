DROP TABLE opaque_tokens;
