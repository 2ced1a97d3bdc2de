-- The ledger: one row for every delivery ever touched, its attempts, and a log of all that happened.
-- Every time is text in UTC, 2026-11-25T08:00:00.000000+00:00: it sorts as it reads.

CREATE TABLE account (
    name         TEXT PRIMARY KEY,              -- nairobi/x
    first_seen   TEXT NOT NULL,                 -- what closed before is not ours
    deferred     TEXT,                          -- nothing of it is tried before then,
    error        TEXT,                          -- because of this,
    needs_person INTEGER NOT NULL DEFAULT 0     -- and only a person can mend it
) STRICT;

CREATE TABLE delivery (
    key         TEXT PRIMARY KEY,               -- 16days-2026/05/nairobi/x/en
    campaign    TEXT NOT NULL,                  -- 16days-2026
    day         INTEGER NOT NULL,
    embassy     TEXT NOT NULL,
    platform    TEXT NOT NULL,
    language    TEXT NOT NULL,
    due         TEXT NOT NULL,
    closes      TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (
        state IN ('armed', 'published', 'deferred', 'refused', 'unsure', 'missed', 'retracted')),
    generation  INTEGER NOT NULL DEFAULT 0,     -- 1 after `retract --replace`
    attempts    INTEGER NOT NULL DEFAULT 0,
    identity    TEXT,                           -- the account's own, since it was first armed
    script      TEXT NOT NULL,                  -- en-Latn: what counts as one language
    digest      TEXT,                           -- of the text that was last armed
    first_armed TEXT,
    until       TEXT,                           -- deferred: try again then
    same_as     TEXT,                           -- refused: already went out as this key
    error       TEXT,
    receipt_id  TEXT,
    receipt_url TEXT,
    published   TEXT,
    CHECK (state <> 'published' OR receipt_id IS NOT NULL),
    CHECK (state <> 'deferred' OR until IS NOT NULL)
) STRICT;

CREATE INDEX delivery_in_doubt ON delivery (state) WHERE state IN ('armed', 'unsure');
CREATE INDEX delivery_campaign ON delivery (campaign, day);

-- One identity says one day in one language once, and never the same text twice, whatever key it goes by.
CREATE UNIQUE INDEX said_once ON delivery (campaign, identity, day, script, generation)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE UNIQUE INDEX text_once ON delivery (campaign, identity, digest, generation)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');

CREATE TABLE attempt (
    key     TEXT NOT NULL REFERENCES delivery (key),
    number  INTEGER NOT NULL,                   -- 1 is the first
    armed   TEXT NOT NULL,
    text    TEXT NOT NULL,
    payload TEXT NOT NULL,                      -- JSON: exactly what was to leave
    ended   TEXT,
    outcome TEXT,
    error   TEXT,
    PRIMARY KEY (key, number)
) STRICT;

-- Frozen is frozen: what an attempt was to send is never written again, nor forgotten.
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, armed, text, payload ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is frozen once it is armed'); END;
CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END;

CREATE TABLE event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    what    TEXT NOT NULL,
    key     TEXT,
    detail  TEXT,
    who     TEXT NOT NULL,
    machine TEXT NOT NULL
) STRICT;

CREATE INDEX event_key ON event (key);
CREATE TRIGGER event_kept BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;
CREATE TRIGGER event_frozen BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;

CREATE TABLE pause (
    scope  TEXT PRIMARY KEY,                    -- everything, or an embassy, a platform
    since  TEXT NOT NULL,
    reason TEXT NOT NULL,
    who    TEXT NOT NULL
) STRICT;

CREATE TABLE swept (
    campaign TEXT NOT NULL,
    scope    TEXT NOT NULL,                     -- some embassies, or '' for all
    until    TEXT NOT NULL,                     -- every window that closed up to here has been looked at
    PRIMARY KEY (campaign, scope)
) STRICT;
