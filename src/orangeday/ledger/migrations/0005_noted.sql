-- When it was noted that something waits: a clock that was ahead then, and is right now, has waited long enough.

ALTER TABLE account ADD COLUMN noted TEXT;
ALTER TABLE delivery ADD COLUMN noted TEXT;
