"""The statements that the ledger makes, in SQL that both databases take; one section for each table.

What each column means is stated in `migrations/`. A value is written `:name`, and several `IN :names`.
"""

from __future__ import annotations

from functools import cache

# Deliveries: conditions on the state are written as in the indexes, since with values none of them would be used.

_COLUMNS = """
    key, campaign, day, embassy, platform, language, due, closes, state, generation, attempts, identity, first_armed,
    until, noted, same_as, error, allowed, acknowledged, receipt_id, receipt_url, published"""
ROWS_OF_KEYS = f"SELECT {_COLUMNS} FROM delivery WHERE key IN :keys"
ROWS_AND_TWINS = f"""
    SELECT {_COLUMNS} FROM delivery WHERE key IN :keys
    UNION ALL SELECT {_COLUMNS} FROM delivery WHERE key IN (SELECT same_as FROM delivery WHERE key IN :keys)"""
"""The rows of some Deliveries, and of those that went out in their place; one may come twice."""
ROWS_OF_CAMPAIGN = f"SELECT {_COLUMNS} FROM delivery WHERE campaign = :campaign"
ROWS_IN_DOUBT = f"SELECT {_COLUMNS} FROM delivery WHERE campaign = :campaign AND state IN ('armed', 'unsure')"
ARMED_ROWS = f"SELECT {_COLUMNS} FROM delivery WHERE state IN ('armed', 'unsure') AND state = 'armed'"
STATE_OF_KEY = "SELECT state, attempts, allowed, generation FROM delivery WHERE key = :key FOR UPDATE"
CAMPAIGNS = "SELECT DISTINCT campaign FROM delivery"
HAS_DELIVERIES = "SELECT EXISTS (SELECT key FROM delivery)"
IDENTITY_OF_KEY = "SELECT campaign, identity, day, script FROM delivery WHERE key = :key"

CONFLICTING_KEYS = """
    SELECT (
        SELECT key FROM delivery
        WHERE campaign = :campaign AND identity = :identity AND key <> :key AND day = :day AND script = :script
            AND state IN ('armed', 'published', 'unsure', 'retracted')
        UNION ALL
        SELECT key FROM delivery
        WHERE campaign = :campaign AND identity = :identity AND key <> :key AND digest = :digest
            AND state IN ('armed', 'published', 'unsure', 'retracted')
        UNION ALL
        SELECT key FROM tombstone
        WHERE campaign = :campaign AND identity = :identity AND key <> :key AND day = :day AND script = :script
        LIMIT 1
    ), (
        SELECT delivery.key FROM delivery JOIN attempt USING (key, generation)
        WHERE campaign = :campaign AND identity = :identity AND delivery.key <> :key AND state IN ('armed', 'unsure')
            AND (attempt.text = :text OR attempt.text IN (
                SELECT own.text FROM attempt AS own WHERE own.key = :key AND own.generation = :generation))
        LIMIT 1
    )"""
"""The query for two keys. The first is of a Delivery with which the identity has posted the same day and script, or the
same text. The second is of a Delivery in doubt tried with a text that this one has tried or is about to try."""


@cache
def update_delivery(*columns: str) -> str:
    """Return the statement that sets these columns in the row of a key."""
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    return f"UPDATE delivery SET {assignments} WHERE key = :key"


ALLOW = "UPDATE delivery SET allowed = :actor, acknowledged = NULL WHERE key = :key AND state = 'refused'"
RELEASE_DELIVERIES = """
    UPDATE delivery SET until = :now, noted = :now
    WHERE embassy = :embassy AND platform = :platform AND state = 'deferred' AND until > :now"""

# Attempts, and what is known of one that ended in doubt

END_ATTEMPT = "UPDATE attempt SET ended = :ended, outcome = :outcome, error = :error WHERE key = :key AND ended IS NULL"
ATTEMPTS_OF_GENERATION = """
    SELECT number, text, payload, service, armed, ended FROM attempt
    WHERE key = :key AND generation = :generation ORDER BY number"""
PAYLOADS = "SELECT key, generation, text, payload FROM attempt WHERE key IN :keys ORDER BY number"
LAST_TEXTS = """
    SELECT key, text FROM attempt JOIN delivery USING (key)
    WHERE campaign = :campaign AND day = :day AND script = :script ORDER BY number"""
LAST_SERVICE = """
    SELECT service FROM attempt WHERE key = :key AND generation = :generation ORDER BY number DESC LIMIT 1"""
COUNT_DOUBTS = "SELECT count(*) FROM attempt WHERE key = :key AND outcome = 'unsure'"

EVIDENCE = "SELECT at, says FROM evidence WHERE key = :key AND number = :number"

# Posts that were taken down

RETRACTIONS = """
    SELECT key, day, script, generation, retracted, who FROM tombstone
    WHERE campaign = :campaign AND NOT EXISTS (
        SELECT id FROM withdrawal
        WHERE campaign = :campaign AND withdrawal.day = tombstone.day AND withdrawal.script = tombstone.script)
    ORDER BY retracted"""
RECEIPTS = """
    SELECT receipt_id FROM delivery WHERE identity = :identity
    UNION SELECT receipt_id FROM tombstone WHERE identity = :identity"""

# Accounts

ACCOUNT_NAMES = "SELECT name FROM account ORDER BY name"
ACCOUNT_NOTES = "SELECT name, first_seen, deferred, noted, error, needs_person FROM account WHERE name IN :names"
DEFER_ACCOUNT = """
    UPDATE account SET deferred = :deferred, noted = :noted, error = :error, needs_person = :needs_person
    WHERE name = :name AND (deferred IS NULL OR deferred <> :until_released)"""
RELEASE_ACCOUNT = """
    UPDATE account SET deferred = NULL, noted = NULL, error = NULL, needs_person = :needs_person WHERE name = :name"""

# Pauses

PAUSES = "SELECT scope, since, reason, who FROM pause ORDER BY since"
REASON_OF_PAUSE = "SELECT reason FROM pause WHERE scope = :scope AND who = :who"
END_PAUSE_OF_ACTOR = "DELETE FROM pause WHERE scope = :scope AND who = :who"
END_PAUSE = "DELETE FROM pause WHERE scope = :scope"
END_ONE_PAUSE = "DELETE FROM pause WHERE scope = :scope AND since = :since AND who = :who"

# Withdrawals

WITHDRAWALS = """
    SELECT campaign, day, language, script, words, at, who, why FROM withdrawal WHERE lifted IS NULL ORDER BY at"""
LIFT = """
    UPDATE withdrawal SET lifted = :now, lifted_by = :actor
    WHERE campaign = :campaign AND day = :day AND script = :script AND words = :words AND lifted IS NULL"""

# The log

EVENTS = "SELECT at, what, key, detail, who, machine FROM event ORDER BY id"
EVENTS_OF_KEY = "SELECT at, what, key, detail, who, machine FROM event WHERE key = :key ORDER BY id"
EVENT_AT = "SELECT EXISTS (SELECT id FROM event WHERE id = :number AND at = :moment)"
FIRST_MOMENT = "SELECT at FROM event ORDER BY id LIMIT 1"
LAST_EVENT = "SELECT id, at FROM event ORDER BY id DESC LIMIT 1"
LAST_DETAILS = "SELECT key, at, detail FROM event WHERE key IN :keys AND what = :action ORDER BY id"
LAST_CLAIM = "SELECT detail, who, machine FROM event WHERE what = 'settled in' ORDER BY id DESC LIMIT 1"
LAST_RELEASE = """
    SELECT max(at) FROM event WHERE what IN ('resumed', 'retry', 'withdrawal lifted', 'account ready')"""
CHANGED_SINCE = "SELECT DISTINCT key FROM event WHERE id > :number AND key IS NOT NULL"

# Sweeps

RECORD_SWEEP = """
    INSERT INTO swept (campaign, scope, until) VALUES (:campaign, :scope, :until)
    ON CONFLICT (campaign, scope) DO UPDATE SET until = excluded.until"""
SWEPT_UNTIL = "SELECT until FROM swept WHERE campaign = :campaign AND scope = :scope"
SWEEPS = "SELECT scope, until FROM swept WHERE campaign = :campaign"
LAST_SWEEP = "SELECT max(until) FROM swept WHERE campaign = :campaign"
LAST_SWEEP_OF_ANY = "SELECT max(until) FROM swept"
LAST_SWEEPS = "SELECT campaign, max(until) FROM swept GROUP BY campaign"
HAS_SEEN = "SELECT EXISTS (SELECT until FROM swept WHERE campaign = :campaign)"

# The home

RECORD_HOME = """
    INSERT INTO home ("only", machine, path, doubtful, timeline, taken_over)
    VALUES (1, :machine, :path, :doubtful, :timeline, :taken_over)
    ON CONFLICT ("only") DO UPDATE SET machine = excluded.machine, path = excluded.path,
        doubtful = excluded.doubtful, timeline = excluded.timeline, taken_over = excluded.taken_over"""
HOME = "SELECT machine, path, doubtful, timeline, taken_over FROM home"
TAKEOVER = "SELECT taken_over FROM home"
IS_DOUBTFUL = "SELECT doubtful = :campaign FROM home"
SET_TIMELINE = "UPDATE home SET timeline = :timeline"
RECORD_TAKEOVER = "UPDATE home SET timeline = :timeline, taken_over = :now"
DOUBT_LAST_CAMPAIGN = "UPDATE home SET doubtful = (SELECT campaign FROM swept ORDER BY until DESC LIMIT 1)"

# Alarms

RECORD_ALARM = """
    INSERT INTO alarm (cause, seen, told) VALUES (:cause, :seen, :told)
    ON CONFLICT (cause) DO UPDATE SET seen = excluded.seen, told = excluded.told"""
ALARMS = "SELECT cause, seen, told FROM alarm WHERE cause IN :causes"
ALARM_TOLD = "SELECT told FROM alarm WHERE cause = :cause"
RECORD_NOTIFICATION = "UPDATE alarm SET told = :now WHERE cause = :cause"
CLAIM_NOTIFICATION = """
    UPDATE alarm SET seen = :now
    WHERE cause = :cause AND told IS NULL AND (seen <= :retry_before OR seen > :latest)"""
