-- What people decide by hand, what was taken down, and where the ledger lives.

-- Refused or retracted, and yet it may be armed once more: who said so.
ALTER TABLE delivery ADD COLUMN allowed TEXT;
-- A person knows what is wrong with it: who, and what they make of it.
ALTER TABLE delivery ADD COLUMN acknowledged TEXT;

ALTER TABLE attempt ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER attempt_frozen;
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is frozen once it is armed'); END;

-- A corrected post replaces its own and nobody else's, so that other keys are compared whatever the generation.
DROP INDEX said_once;
DROP INDEX text_once;
CREATE UNIQUE INDEX said_once ON delivery (campaign, identity, day, script)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE UNIQUE INDEX text_once ON delivery (campaign, identity, digest)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');

CREATE TABLE tombstone (                            -- what was published, and taken down
    key         TEXT NOT NULL REFERENCES delivery (key),
    generation  INTEGER NOT NULL,
    campaign    TEXT NOT NULL,
    identity    TEXT NOT NULL,
    day         INTEGER NOT NULL,
    script      TEXT NOT NULL,
    receipt_id  TEXT NOT NULL,
    receipt_url TEXT NOT NULL,
    published   TEXT NOT NULL,
    retracted   TEXT NOT NULL,
    who         TEXT NOT NULL,
    PRIMARY KEY (key, generation)
) STRICT;

CREATE INDEX tombstone_said ON tombstone (campaign, identity, day, script);
CREATE TRIGGER tombstone_kept BEFORE DELETE ON tombstone
    BEGIN SELECT RAISE(ABORT, 'what was taken down is never forgotten'); END;

CREATE TABLE home (                                 -- where live runs have used this ledger last
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    machine TEXT NOT NULL,                          -- a random id, in the user's state folder
    path    TEXT NOT NULL
) STRICT;
