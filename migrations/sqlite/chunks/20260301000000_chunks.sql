-- Kept in a file of its own: docs/SCHEMA.md.

CREATE TABLE artifact_chunks (
    kind    TEXT    NOT NULL,
    key     BLOB    NOT NULL CHECK (length(key) = 32),
    format  INTEGER NOT NULL,
    chunk   INTEGER NOT NULL CHECK (chunk >= 0),
    digest  BLOB    NOT NULL CHECK (length(digest) = 32),
    encoded BLOB    NOT NULL,
    PRIMARY KEY (kind, key, format, chunk)
) STRICT;
