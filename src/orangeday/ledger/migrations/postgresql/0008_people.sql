-- What a person took down, and where each attempt was sent.

ALTER TABLE attempt ADD COLUMN service TEXT;
DROP TRIGGER attempt_frozen ON attempt;
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload, service ON attempt
    FOR EACH ROW EXECUTE FUNCTION refuse('an attempt is frozen once it is armed');

CREATE TABLE withdrawal (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign  TEXT NOT NULL,
    day       INTEGER NOT NULL,
    language  TEXT NOT NULL,
    script    TEXT NOT NULL,
    words     TEXT NOT NULL,
    at        TIMESTAMPTZ NOT NULL,
    who       TEXT NOT NULL,
    why       TEXT NOT NULL,
    lifted    TIMESTAMPTZ,
    lifted_by TEXT
);

CREATE UNIQUE INDEX withdrawn_once ON withdrawal (campaign, day, script, words) WHERE lifted IS NULL;
CREATE TRIGGER withdrawal_kept BEFORE DELETE ON withdrawal
    FOR EACH ROW EXECUTE FUNCTION refuse('a withdrawal is lifted, and never forgotten');
CREATE TRIGGER withdrawal_not_emptied BEFORE TRUNCATE ON withdrawal
    EXECUTE FUNCTION refuse('a withdrawal is lifted, and never forgotten');
