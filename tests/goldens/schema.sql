CREATE INDEX delivery_campaign ON delivery (campaign, day);
CREATE INDEX delivery_in_doubt ON delivery (campaign, identity) WHERE state IN ('armed', 'unsure');
CREATE INDEX event_key ON event (key);
CREATE INDEX evidence_of ON evidence (key, number);
CREATE UNIQUE INDEX said_once ON delivery (campaign, identity, day, script)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE UNIQUE INDEX text_once ON delivery (campaign, identity, digest)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE INDEX tombstone_said ON tombstone (campaign, identity, day, script);
CREATE UNIQUE INDEX withdrawn_once ON withdrawal (campaign, day, script, words) WHERE lifted IS NULL;
CREATE TABLE account (
    name         TEXT PRIMARY KEY,              -- nairobi/x
    first_seen   TEXT NOT NULL,                 -- what closed before is not ours
    deferred     TEXT,                          -- nothing of it is tried before then,
    error        TEXT,                          -- because of this,
    needs_person INTEGER NOT NULL DEFAULT 0     -- and only a person can mend it
, noted TEXT) STRICT;
CREATE TABLE alarm (
    cause TEXT PRIMARY KEY,
    seen  TEXT NOT NULL,                            -- when it was last there
    told  TEXT                                      -- when somebody was told; NULL: the message didn't go out
) STRICT;
CREATE TABLE attempt (
    key     TEXT NOT NULL REFERENCES delivery (key),
    number  INTEGER NOT NULL,                   -- 1 is the first
    armed   TEXT NOT NULL,
    text    TEXT NOT NULL,
    payload TEXT NOT NULL,                      -- JSON: exactly what was to leave
    ended   TEXT,
    outcome TEXT,
    error   TEXT, generation INTEGER NOT NULL DEFAULT 0, service TEXT,
    PRIMARY KEY (key, number)
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
    published   TEXT, allowed TEXT, acknowledged TEXT, noted TEXT,
    CHECK (state <> 'published' OR receipt_id IS NOT NULL),
    CHECK (state <> 'deferred' OR until IS NOT NULL)
) STRICT;
CREATE TABLE event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    what    TEXT NOT NULL,
    key     TEXT,
    detail  TEXT,
    who     TEXT NOT NULL,
    machine TEXT NOT NULL
) STRICT;
CREATE TABLE evidence (                             -- of an attempt that ended in doubt
    key    TEXT NOT NULL REFERENCES delivery (key),
    number INTEGER NOT NULL,                        -- the attempt's
    at     TEXT NOT NULL,
    says   TEXT NOT NULL CHECK (says IN (
        'not shown',                                -- the account was read back, and didn't show it
        'there already'))                           -- the platform refused it as one that is there
) STRICT;
CREATE TABLE home (                                 -- where live runs have used this ledger last
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    machine TEXT NOT NULL,                          -- a random id, in the user's state folder
    path    TEXT NOT NULL
, doubtful TEXT, timeline TEXT, taken_over TEXT) STRICT;
CREATE TABLE pause (
    scope  TEXT PRIMARY KEY,                    -- everything, or an embassy, a platform
    since  TEXT NOT NULL,
    reason TEXT NOT NULL,
    who    TEXT NOT NULL
) STRICT;
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE swept (
    campaign TEXT NOT NULL,
    scope    TEXT NOT NULL,                     -- some embassies, or '' for all
    until    TEXT NOT NULL,                     -- every window that closed up to here has been looked at
    PRIMARY KEY (campaign, scope)
) STRICT;
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
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload, service ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is frozen once it is armed'); END;
CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END;
CREATE TRIGGER event_frozen BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;
CREATE TRIGGER event_kept BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;
CREATE TRIGGER evidence_frozen BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;
CREATE TRIGGER tombstone_kept BEFORE DELETE ON tombstone
    BEGIN SELECT RAISE(ABORT, 'what was taken down is never forgotten'); END;
CREATE TRIGGER withdrawal_kept BEFORE DELETE ON withdrawal
    BEGIN SELECT RAISE(ABORT, 'a withdrawal is lifted, and never forgotten'); END;
