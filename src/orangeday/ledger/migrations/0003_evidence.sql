-- What can be told of a post without having its receipt, and whether the ledger may be one of several.

CREATE TABLE evidence (                             -- of an attempt that ended in doubt
    key    TEXT NOT NULL REFERENCES delivery (key),
    number INTEGER NOT NULL,                        -- the attempt's
    at     TEXT NOT NULL,
    says   TEXT NOT NULL CHECK (says IN (
        'not shown',                                -- the account was read back, and didn't show it
        'there already'))                           -- the platform refused it as one that is there
) STRICT;

CREATE INDEX evidence_of ON evidence (key, number);
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;
CREATE TRIGGER evidence_frozen BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;

-- The campaign in which it came from elsewhere, from a backup or from nowhere: what went out then, it may not know.
ALTER TABLE home ADD COLUMN doubtful TEXT;
