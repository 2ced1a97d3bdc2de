-- Where a standby takes over from a server, the history forks: what went out just before, the new one may not know.

-- The server's, as PostgreSQL numbers them.
ALTER TABLE home ADD COLUMN timeline TEXT;
-- When that was seen to be another.
ALTER TABLE home ADD COLUMN taken_over TIMESTAMPTZ;
