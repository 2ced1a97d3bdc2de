-- What a person took down, and where each attempt was sent.

-- The address of the service; NULL in a row of a version that didn't keep it.
ALTER TABLE attempt ADD COLUMN service TEXT;
DROP TRIGGER attempt_frozen;
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload, service ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is frozen once it is armed'); END;

CREATE TABLE withdrawal (                           -- a text that nothing may be posted of, until a person lifts it
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign  TEXT NOT NULL,
    day       INTEGER NOT NULL,
    language  TEXT NOT NULL,
    script    TEXT NOT NULL,                        -- en-Latn: what counts as one language
    words     TEXT NOT NULL,                        -- the embassy whose own words they are, or '': everybody's
    at        TEXT NOT NULL,
    who       TEXT NOT NULL,
    why       TEXT NOT NULL,
    lifted    TEXT,                                 -- when it was approved again
    lifted_by TEXT
) STRICT;

CREATE UNIQUE INDEX withdrawn_once ON withdrawal (campaign, day, script, words) WHERE lifted IS NULL;
CREATE TRIGGER withdrawal_kept BEFORE DELETE ON withdrawal
    BEGIN SELECT RAISE(ABORT, 'a withdrawal is lifted, and never forgotten'); END;
