-- What the table is for: docs/SCHEMA.md.

CREATE TABLE installation (
    name            TEXT    NOT NULL PRIMARY KEY,
    value           BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
