-- What each table is for: docs/SCHEMA.md.

CREATE TABLE members (
    member_id       uuid    NOT NULL PRIMARY KEY,
    name            text    NOT NULL,
    joined_at       bigint  NOT NULL,
    lease_until     bigint  NOT NULL,
    seen            bigint  NOT NULL
);

CREATE SEQUENCE drop_numbers;

CREATE TABLE drops (
    number          bigint  NOT NULL,
    kind            text    COLLATE "C" NOT NULL,
    key             bytea   NOT NULL CHECK (octet_length(key) = 32),
    epoch           bigint  NOT NULL,
    was_there       boolean NOT NULL,
    num_chunks      bigint  NOT NULL CHECK (num_chunks >= 0),
    at              bigint  NOT NULL,
    PRIMARY KEY (number, kind, key)
);

CREATE INDEX drops_at ON drops (at);

CREATE TABLE drop_acknowledgements (
    number          bigint  NOT NULL,
    member_id       uuid    NOT NULL,
    in_memory       bigint  NOT NULL CHECK (in_memory >= 0),
    at              bigint  NOT NULL,
    PRIMARY KEY (number, member_id)
);

CREATE INDEX drop_acknowledgements_at ON drop_acknowledgements (at);
