-- The ledger on PostgreSQL: what the files 0001 to 0005 beside this folder make of a SQLite file, in one step.
-- What each column means stands there. From here on a change is a file of one number in both, and a test compares them.

CREATE TABLE account (
    name         TEXT PRIMARY KEY,
    first_seen   TIMESTAMPTZ NOT NULL,
    deferred     TIMESTAMPTZ,
    error        TEXT,
    needs_person BOOLEAN NOT NULL DEFAULT FALSE,
    noted        TIMESTAMPTZ
);

CREATE TABLE delivery (
    key          TEXT PRIMARY KEY,
    campaign     TEXT NOT NULL,
    day          INTEGER NOT NULL,
    embassy      TEXT NOT NULL,
    platform     TEXT NOT NULL,
    language     TEXT NOT NULL,
    due          TIMESTAMPTZ NOT NULL,
    closes       TIMESTAMPTZ NOT NULL,
    state        TEXT NOT NULL CHECK (
        state IN ('armed', 'published', 'deferred', 'refused', 'unsure', 'missed', 'retracted')),
    generation   INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    identity     TEXT,
    script       TEXT NOT NULL,
    digest       TEXT,
    first_armed  TIMESTAMPTZ,
    until        TIMESTAMPTZ,
    same_as      TEXT,
    error        TEXT,
    receipt_id   TEXT,
    receipt_url  TEXT,
    published    TIMESTAMPTZ,
    allowed      TEXT,
    acknowledged TEXT,
    noted        TIMESTAMPTZ,
    CHECK (state <> 'published' OR receipt_id IS NOT NULL),
    CHECK (state <> 'deferred' OR until IS NOT NULL)
);

CREATE INDEX delivery_in_doubt ON delivery (state) WHERE state IN ('armed', 'unsure');
CREATE INDEX delivery_campaign ON delivery (campaign, day);

CREATE UNIQUE INDEX said_once ON delivery (campaign, identity, day, script)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE UNIQUE INDEX text_once ON delivery (campaign, identity, digest)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');

CREATE TABLE attempt (
    key        TEXT NOT NULL REFERENCES delivery (key),
    number     INTEGER NOT NULL,
    armed      TIMESTAMPTZ NOT NULL,
    text       TEXT NOT NULL,
    payload    TEXT NOT NULL,                       -- as text, not as jsonb: exactly what was to leave
    ended      TIMESTAMPTZ,
    outcome    TEXT,
    error      TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, number)
);

CREATE TABLE event (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      TIMESTAMPTZ NOT NULL,
    what    TEXT NOT NULL,
    key     TEXT,
    detail  TEXT,
    who     TEXT NOT NULL,
    machine TEXT NOT NULL
);

CREATE INDEX event_key ON event (key);

CREATE TABLE pause (
    scope  TEXT PRIMARY KEY,
    since  TIMESTAMPTZ NOT NULL,
    reason TEXT NOT NULL,
    who    TEXT NOT NULL
);

CREATE TABLE swept (
    campaign TEXT NOT NULL,
    scope    TEXT NOT NULL,
    until    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (campaign, scope)
);

CREATE TABLE tombstone (
    key         TEXT NOT NULL REFERENCES delivery (key),
    generation  INTEGER NOT NULL,
    campaign    TEXT NOT NULL,
    identity    TEXT NOT NULL,
    day         INTEGER NOT NULL,
    script      TEXT NOT NULL,
    receipt_id  TEXT NOT NULL,
    receipt_url TEXT NOT NULL,
    published   TIMESTAMPTZ NOT NULL,
    retracted   TIMESTAMPTZ NOT NULL,
    who         TEXT NOT NULL,
    PRIMARY KEY (key, generation)
);

CREATE INDEX tombstone_said ON tombstone (campaign, identity, day, script);

CREATE TABLE home (                                 -- which machine made it; it is all machines' home
    "only"   INTEGER PRIMARY KEY CHECK ("only" = 1),
    machine  TEXT NOT NULL,
    path     TEXT NOT NULL,
    doubtful TEXT
);

CREATE TABLE evidence (
    key    TEXT NOT NULL REFERENCES delivery (key),
    number INTEGER NOT NULL,
    at     TIMESTAMPTZ NOT NULL,
    says   TEXT NOT NULL CHECK (says IN ('not shown', 'there already'))
);

CREATE INDEX evidence_of ON evidence (key, number);

CREATE TABLE alarm (
    cause TEXT PRIMARY KEY,
    seen  TIMESTAMPTZ NOT NULL,
    told  TIMESTAMPTZ
);

-- What is only ever added to. A violation of integrity, as SQLite calls it; TRUNCATE is a way to delete, too.

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$;

CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload ON attempt
    FOR EACH ROW EXECUTE FUNCTION refuse('an attempt is frozen once it is armed');
CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
    FOR EACH ROW EXECUTE FUNCTION refuse('an attempt is never deleted');
CREATE TRIGGER attempt_not_emptied BEFORE TRUNCATE ON attempt EXECUTE FUNCTION refuse('an attempt is never deleted');
CREATE TRIGGER event_kept BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse('the event log is only ever added to');
CREATE TRIGGER event_not_emptied BEFORE TRUNCATE ON event
    EXECUTE FUNCTION refuse('the event log is only ever added to');
CREATE TRIGGER tombstone_kept BEFORE DELETE ON tombstone
    FOR EACH ROW EXECUTE FUNCTION refuse('what was taken down is never forgotten');
CREATE TRIGGER tombstone_not_emptied BEFORE TRUNCATE ON tombstone
    EXECUTE FUNCTION refuse('what was taken down is never forgotten');
CREATE TRIGGER evidence_kept BEFORE UPDATE OR DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION refuse('evidence is only ever added to');
CREATE TRIGGER evidence_not_emptied BEFORE TRUNCATE ON evidence
    EXECUTE FUNCTION refuse('evidence is only ever added to');
