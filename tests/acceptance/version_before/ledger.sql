BEGIN TRANSACTION;
CREATE TABLE account (
    name         TEXT PRIMARY KEY,              -- nairobi/x
    first_seen   TEXT NOT NULL,                 -- what closed before is not ours
    deferred     TEXT,                          -- nothing of it is tried before then,
    error        TEXT,                          -- because of this,
    needs_person INTEGER NOT NULL DEFAULT 0     -- and only a person can mend it
, noted TEXT) STRICT;
INSERT INTO "account" VALUES('nairobi/x','2026-11-24T06:00:00.000000+00:00',NULL,NULL,0,NULL);
INSERT INTO "account" VALUES('nairobi/bluesky','2026-11-24T06:00:00.000000+00:00',NULL,NULL,0,NULL);
INSERT INTO "account" VALUES('kampala/x','2026-11-24T06:00:00.000000+00:00',NULL,NULL,0,NULL);
INSERT INTO "account" VALUES('kampala/bluesky','2026-11-24T06:00:00.000000+00:00',NULL,NULL,0,NULL);
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
    error   TEXT, generation INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, number)
) STRICT;
INSERT INTO "attempt" VALUES('16days-2026/01/nairobi/bluesky/en',1,'2026-11-25T06:00:00.000000+00:00','Day 1 in en, from Nairobi.','{"created_at": "2026-11-25T06:00:00+00:00", "generation": 0, "key": "16days-2026/01/nairobi/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 1 in en, from Nairobi."}','2026-11-25T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/nairobi/x/en',1,'2026-11-25T06:00:00.000000+00:00','Day 1 in en, from Nairobi.','{"created_at": "2026-11-25T06:00:00+00:00", "generation": 0, "key": "16days-2026/01/nairobi/x/en", "langs": ["en"], "media": {}, "text": "Day 1 in en, from Nairobi."}','2026-11-25T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/kampala/x/en',1,'2026-11-25T06:00:00.000000+00:00','Day 1 in en, from Kampala.','{"created_at": "2026-11-25T06:00:00+00:00", "generation": 0, "key": "16days-2026/01/kampala/x/en", "langs": ["en"], "media": {}, "text": "Day 1 in en, from Kampala."}','2026-11-25T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/kampala/bluesky/en',1,'2026-11-25T06:00:00.000000+00:00','Day 1 in en, from Kampala.','{"created_at": "2026-11-25T06:00:00+00:00", "generation": 0, "key": "16days-2026/01/kampala/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 1 in en, from Kampala."}','2026-11-25T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/nairobi/x/fr',1,'2026-11-25T06:20:00.000000+00:00','Day 1 in fr, from Nairobi.','{"created_at": "2026-11-25T06:20:00+00:00", "generation": 0, "key": "16days-2026/01/nairobi/x/fr", "langs": ["fr"], "media": {}, "text": "Day 1 in fr, from Nairobi."}','2026-11-25T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/nairobi/bluesky/fr',1,'2026-11-25T06:20:00.000000+00:00','Day 1 in fr, from Nairobi.','{"created_at": "2026-11-25T06:20:00+00:00", "generation": 0, "key": "16days-2026/01/nairobi/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 1 in fr, from Nairobi."}','2026-11-25T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/kampala/x/fr',1,'2026-11-25T06:20:00.000000+00:00','Day 1 in fr, from Kampala.','{"created_at": "2026-11-25T06:20:00+00:00", "generation": 0, "key": "16days-2026/01/kampala/x/fr", "langs": ["fr"], "media": {}, "text": "Day 1 in fr, from Kampala."}','2026-11-25T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/01/kampala/bluesky/fr',1,'2026-11-25T06:20:00.000000+00:00','Day 1 in fr, from Kampala.','{"created_at": "2026-11-25T06:20:00+00:00", "generation": 0, "key": "16days-2026/01/kampala/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 1 in fr, from Kampala."}','2026-11-25T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/nairobi/x/en',1,'2026-11-26T06:00:00.000000+00:00','Day 2 in en, from Nairobi.','{"created_at": "2026-11-26T06:00:00+00:00", "generation": 0, "key": "16days-2026/02/nairobi/x/en", "langs": ["en"], "media": {}, "text": "Day 2 in en, from Nairobi."}','2026-11-26T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/nairobi/bluesky/en',1,'2026-11-26T06:00:00.000000+00:00','Day 2 in en, from Nairobi.','{"created_at": "2026-11-26T06:00:00+00:00", "generation": 0, "key": "16days-2026/02/nairobi/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 2 in en, from Nairobi."}','2026-11-26T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/kampala/x/en',1,'2026-11-26T06:00:00.000000+00:00','Day 2 in en, from Kampala.','{"created_at": "2026-11-26T06:00:00+00:00", "generation": 0, "key": "16days-2026/02/kampala/x/en", "langs": ["en"], "media": {}, "text": "Day 2 in en, from Kampala."}','2026-11-26T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/kampala/bluesky/en',1,'2026-11-26T06:00:00.000000+00:00','Day 2 in en, from Kampala.','{"created_at": "2026-11-26T06:00:00+00:00", "generation": 0, "key": "16days-2026/02/kampala/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 2 in en, from Kampala."}','2026-11-26T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/kampala/bluesky/fr',1,'2026-11-26T06:20:00.000000+00:00','Day 2 in fr, from Kampala.','{"created_at": "2026-11-26T06:20:00+00:00", "generation": 0, "key": "16days-2026/02/kampala/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 2 in fr, from Kampala."}','2026-11-26T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/nairobi/bluesky/fr',1,'2026-11-26T06:20:00.000000+00:00','Day 2 in fr, from Nairobi.','{"created_at": "2026-11-26T06:20:00+00:00", "generation": 0, "key": "16days-2026/02/nairobi/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 2 in fr, from Nairobi."}','2026-11-26T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/nairobi/x/fr',1,'2026-11-26T06:20:00.000000+00:00','Day 2 in fr, from Nairobi.','{"created_at": "2026-11-26T06:20:00+00:00", "generation": 0, "key": "16days-2026/02/nairobi/x/fr", "langs": ["fr"], "media": {}, "text": "Day 2 in fr, from Nairobi."}','2026-11-26T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/02/kampala/x/fr',1,'2026-11-26T06:20:00.000000+00:00','Day 2 in fr, from Kampala.','{"created_at": "2026-11-26T06:20:00+00:00", "generation": 0, "key": "16days-2026/02/kampala/x/fr", "langs": ["fr"], "media": {}, "text": "Day 2 in fr, from Kampala."}','2026-11-26T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/nairobi/bluesky/en',1,'2026-11-27T06:00:00.000000+00:00','Day 3 in en, from Nairobi.','{"created_at": "2026-11-27T06:00:00+00:00", "generation": 0, "key": "16days-2026/03/nairobi/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 3 in en, from Nairobi."}','2026-11-27T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/kampala/bluesky/en',1,'2026-11-27T06:00:00.000000+00:00','Day 3 in en, from Kampala.','{"created_at": "2026-11-27T06:00:00+00:00", "generation": 0, "key": "16days-2026/03/kampala/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 3 in en, from Kampala."}','2026-11-27T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/kampala/x/en',1,'2026-11-27T06:00:00.000000+00:00','Day 3 in en, from Kampala.','{"created_at": "2026-11-27T06:00:00+00:00", "generation": 0, "key": "16days-2026/03/kampala/x/en", "langs": ["en"], "media": {}, "text": "Day 3 in en, from Kampala."}','2026-11-27T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/nairobi/x/en',1,'2026-11-27T06:00:00.000000+00:00','Day 3 in en, from Nairobi.','{"created_at": "2026-11-27T06:00:00+00:00", "generation": 0, "key": "16days-2026/03/nairobi/x/en", "langs": ["en"], "media": {}, "text": "Day 3 in en, from Nairobi."}','2026-11-27T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/nairobi/x/fr',1,'2026-11-27T06:20:00.000000+00:00','Day 3 in fr, from Nairobi.','{"created_at": "2026-11-27T06:20:00+00:00", "generation": 0, "key": "16days-2026/03/nairobi/x/fr", "langs": ["fr"], "media": {}, "text": "Day 3 in fr, from Nairobi."}','2026-11-27T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/kampala/x/fr',1,'2026-11-27T06:20:00.000000+00:00','Day 3 in fr, from Kampala.','{"created_at": "2026-11-27T06:20:00+00:00", "generation": 0, "key": "16days-2026/03/kampala/x/fr", "langs": ["fr"], "media": {}, "text": "Day 3 in fr, from Kampala."}','2026-11-27T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/nairobi/bluesky/fr',1,'2026-11-27T06:20:00.000000+00:00','Day 3 in fr, from Nairobi.','{"created_at": "2026-11-27T06:20:00+00:00", "generation": 0, "key": "16days-2026/03/nairobi/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 3 in fr, from Nairobi."}','2026-11-27T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/03/kampala/bluesky/fr',1,'2026-11-27T06:20:00.000000+00:00','Day 3 in fr, from Kampala.','{"created_at": "2026-11-27T06:20:00+00:00", "generation": 0, "key": "16days-2026/03/kampala/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 3 in fr, from Kampala."}','2026-11-27T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/kampala/x/en',1,'2026-11-28T06:00:00.000000+00:00','Day 4 in en, from Kampala.','{"created_at": "2026-11-28T06:00:00+00:00", "generation": 0, "key": "16days-2026/04/kampala/x/en", "langs": ["en"], "media": {}, "text": "Day 4 in en, from Kampala."}','2026-11-28T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/nairobi/x/en',1,'2026-11-28T06:00:00.000000+00:00','Day 4 in en, from Nairobi.','{"created_at": "2026-11-28T06:00:00+00:00", "generation": 0, "key": "16days-2026/04/nairobi/x/en", "langs": ["en"], "media": {}, "text": "Day 4 in en, from Nairobi."}','2026-11-28T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/nairobi/bluesky/en',1,'2026-11-28T06:00:00.000000+00:00','Day 4 in en, from Nairobi.','{"created_at": "2026-11-28T06:00:00+00:00", "generation": 0, "key": "16days-2026/04/nairobi/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 4 in en, from Nairobi."}','2026-11-28T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/kampala/bluesky/en',1,'2026-11-28T06:00:00.000000+00:00','Day 4 in en, from Kampala.','{"created_at": "2026-11-28T06:00:00+00:00", "generation": 0, "key": "16days-2026/04/kampala/bluesky/en", "langs": ["en"], "media": {}, "text": "Day 4 in en, from Kampala."}','2026-11-28T06:00:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/nairobi/x/fr',1,'2026-11-28T06:20:00.000000+00:00','Day 4 in fr, from Nairobi.','{"created_at": "2026-11-28T06:20:00+00:00", "generation": 0, "key": "16days-2026/04/nairobi/x/fr", "langs": ["fr"], "media": {}, "text": "Day 4 in fr, from Nairobi."}','2026-11-28T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/kampala/x/fr',1,'2026-11-28T06:20:00.000000+00:00','Day 4 in fr, from Kampala.','{"created_at": "2026-11-28T06:20:00+00:00", "generation": 0, "key": "16days-2026/04/kampala/x/fr", "langs": ["fr"], "media": {}, "text": "Day 4 in fr, from Kampala."}','2026-11-28T06:20:00.000000+00:00','unsure','no answer came; it may be live',0);
INSERT INTO "attempt" VALUES('16days-2026/04/nairobi/bluesky/fr',1,'2026-11-28T06:20:00.000000+00:00','Day 4 in fr, from Nairobi.','{"created_at": "2026-11-28T06:20:00+00:00", "generation": 0, "key": "16days-2026/04/nairobi/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 4 in fr, from Nairobi."}','2026-11-28T06:20:00.000000+00:00','published',NULL,0);
INSERT INTO "attempt" VALUES('16days-2026/04/kampala/bluesky/fr',1,'2026-11-28T06:20:00.000000+00:00','Day 4 in fr, from Kampala.','{"created_at": "2026-11-28T06:20:00+00:00", "generation": 0, "key": "16days-2026/04/kampala/bluesky/fr", "langs": ["fr"], "media": {}, "text": "Day 4 in fr, from Kampala."}','2026-11-28T06:20:00.000000+00:00','published',NULL,0);
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
INSERT INTO "delivery" VALUES('16days-2026/01/nairobi/bluesky/en','16days-2026',1,'nairobi','bluesky','en','2026-11-25T06:00:00.000000+00:00','2026-11-25T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','en-Latn','8f69915d203aa791c9af50c31ff5cb847271508b09558b51d8a52b4632b17356','2026-11-25T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/nairobi/bluesky/en','book:16days-2026/01/nairobi/bluesky/en','2026-11-25T06:00:00.000000+00:00',NULL,NULL,'2026-11-25T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/nairobi/x/en','16days-2026',1,'nairobi','x','en','2026-11-25T06:00:00.000000+00:00','2026-11-25T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/x','en-Latn','8f69915d203aa791c9af50c31ff5cb847271508b09558b51d8a52b4632b17356','2026-11-25T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/nairobi/x/en','book:16days-2026/01/nairobi/x/en','2026-11-25T06:00:00.000000+00:00',NULL,NULL,'2026-11-25T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/kampala/x/en','16days-2026',1,'kampala','x','en','2026-11-25T06:00:00.000000+00:00','2026-11-25T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/x','en-Latn','ee1874683685327a473b14d4d6fb3d23581465ada3a3c7c1402e5539b6243a40','2026-11-25T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/kampala/x/en','book:16days-2026/01/kampala/x/en','2026-11-25T06:00:00.000000+00:00',NULL,NULL,'2026-11-25T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/kampala/bluesky/en','16days-2026',1,'kampala','bluesky','en','2026-11-25T06:00:00.000000+00:00','2026-11-25T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','en-Latn','ee1874683685327a473b14d4d6fb3d23581465ada3a3c7c1402e5539b6243a40','2026-11-25T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/kampala/bluesky/en','book:16days-2026/01/kampala/bluesky/en','2026-11-25T06:00:00.000000+00:00',NULL,NULL,'2026-11-25T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/nairobi/x/fr','16days-2026',1,'nairobi','x','fr','2026-11-25T06:20:00.000000+00:00','2026-11-25T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/x','fr-Latn','357bda68312a50b217858bc347d14cc05a4c506dd3dc6f981bb96eab9812211d','2026-11-25T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/nairobi/x/fr','book:16days-2026/01/nairobi/x/fr','2026-11-25T06:20:00.000000+00:00',NULL,NULL,'2026-11-25T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/nairobi/bluesky/fr','16days-2026',1,'nairobi','bluesky','fr','2026-11-25T06:20:00.000000+00:00','2026-11-25T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','fr-Latn','357bda68312a50b217858bc347d14cc05a4c506dd3dc6f981bb96eab9812211d','2026-11-25T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/nairobi/bluesky/fr','book:16days-2026/01/nairobi/bluesky/fr','2026-11-25T06:20:00.000000+00:00',NULL,NULL,'2026-11-25T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/kampala/x/fr','16days-2026',1,'kampala','x','fr','2026-11-25T06:20:00.000000+00:00','2026-11-25T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/x','fr-Latn','987d25757a37585a2a03ab2df44d17324c634f85aef9354728ca333f26eef9ae','2026-11-25T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/kampala/x/fr','book:16days-2026/01/kampala/x/fr','2026-11-25T06:20:00.000000+00:00',NULL,NULL,'2026-11-25T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/01/kampala/bluesky/fr','16days-2026',1,'kampala','bluesky','fr','2026-11-25T06:20:00.000000+00:00','2026-11-25T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','fr-Latn','987d25757a37585a2a03ab2df44d17324c634f85aef9354728ca333f26eef9ae','2026-11-25T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/01/kampala/bluesky/fr','book:16days-2026/01/kampala/bluesky/fr','2026-11-25T06:20:00.000000+00:00',NULL,NULL,'2026-11-25T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/nairobi/x/en','16days-2026',2,'nairobi','x','en','2026-11-26T06:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/x','en-Latn','e6fe9976bd257d7ad75d8c8fd946c61619a0081d5fdcc21a8718c5d3ca3be9e4','2026-11-26T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/nairobi/x/en','book:16days-2026/02/nairobi/x/en','2026-11-26T06:00:00.000000+00:00',NULL,NULL,'2026-11-26T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/nairobi/bluesky/en','16days-2026',2,'nairobi','bluesky','en','2026-11-26T06:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','en-Latn','e6fe9976bd257d7ad75d8c8fd946c61619a0081d5fdcc21a8718c5d3ca3be9e4','2026-11-26T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/nairobi/bluesky/en','book:16days-2026/02/nairobi/bluesky/en','2026-11-26T06:00:00.000000+00:00',NULL,NULL,'2026-11-26T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/kampala/x/en','16days-2026',2,'kampala','x','en','2026-11-26T06:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/x','en-Latn','cf0f7f3c589914695cf03c56d9b609ba894c836a330055d10b19ed8c1c3bbca7','2026-11-26T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/kampala/x/en','book:16days-2026/02/kampala/x/en','2026-11-26T06:00:00.000000+00:00',NULL,NULL,'2026-11-26T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/kampala/bluesky/en','16days-2026',2,'kampala','bluesky','en','2026-11-26T06:00:00.000000+00:00','2026-11-26T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','en-Latn','cf0f7f3c589914695cf03c56d9b609ba894c836a330055d10b19ed8c1c3bbca7','2026-11-26T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/kampala/bluesky/en','book:16days-2026/02/kampala/bluesky/en','2026-11-26T06:00:00.000000+00:00',NULL,NULL,'2026-11-26T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/kampala/bluesky/fr','16days-2026',2,'kampala','bluesky','fr','2026-11-26T06:20:00.000000+00:00','2026-11-26T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','fr-Latn','5466dd392bde168172f2274efe68d22929282cccbbd03f5f11ed16c1636bdaa6','2026-11-26T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/kampala/bluesky/fr','book:16days-2026/02/kampala/bluesky/fr','2026-11-26T06:20:00.000000+00:00',NULL,NULL,'2026-11-26T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/nairobi/bluesky/fr','16days-2026',2,'nairobi','bluesky','fr','2026-11-26T06:20:00.000000+00:00','2026-11-26T12:20:00.000000+00:00','retracted',0,1,'dry-run:nairobi/bluesky','fr-Latn','ad3894bec3cfdd99a49785f8f0271de048a56c4d1120945d203f0cecdd13dac0','2026-11-26T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/nairobi/bluesky/fr','book:16days-2026/02/nairobi/bluesky/fr','2026-11-26T06:20:00.000000+00:00',NULL,NULL,'2026-11-28T08:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/nairobi/x/fr','16days-2026',2,'nairobi','x','fr','2026-11-26T06:20:00.000000+00:00','2026-11-26T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/x','fr-Latn','ad3894bec3cfdd99a49785f8f0271de048a56c4d1120945d203f0cecdd13dac0','2026-11-26T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/nairobi/x/fr','book:16days-2026/02/nairobi/x/fr','2026-11-26T06:20:00.000000+00:00',NULL,NULL,'2026-11-26T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/02/kampala/x/fr','16days-2026',2,'kampala','x','fr','2026-11-26T06:20:00.000000+00:00','2026-11-26T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/x','fr-Latn','5466dd392bde168172f2274efe68d22929282cccbbd03f5f11ed16c1636bdaa6','2026-11-26T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/02/kampala/x/fr','book:16days-2026/02/kampala/x/fr','2026-11-26T06:20:00.000000+00:00',NULL,NULL,'2026-11-26T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/nairobi/bluesky/en','16days-2026',3,'nairobi','bluesky','en','2026-11-27T06:00:00.000000+00:00','2026-11-27T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','en-Latn','849518152923b13f1ead235bfb3e559fb69262f62188c43ebf886abfe5edcb38','2026-11-27T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/nairobi/bluesky/en','book:16days-2026/03/nairobi/bluesky/en','2026-11-27T06:00:00.000000+00:00',NULL,NULL,'2026-11-27T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/kampala/bluesky/en','16days-2026',3,'kampala','bluesky','en','2026-11-27T06:00:00.000000+00:00','2026-11-27T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','en-Latn','50fa8ebc857929fc7f2d4df9f9c7428e233a48ed74f7e8870d24597dc97d0233','2026-11-27T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/kampala/bluesky/en','book:16days-2026/03/kampala/bluesky/en','2026-11-27T06:00:00.000000+00:00',NULL,NULL,'2026-11-27T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/kampala/x/en','16days-2026',3,'kampala','x','en','2026-11-27T06:00:00.000000+00:00','2026-11-27T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/x','en-Latn','50fa8ebc857929fc7f2d4df9f9c7428e233a48ed74f7e8870d24597dc97d0233','2026-11-27T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/kampala/x/en','book:16days-2026/03/kampala/x/en','2026-11-27T06:00:00.000000+00:00',NULL,NULL,'2026-11-27T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/nairobi/x/en','16days-2026',3,'nairobi','x','en','2026-11-27T06:00:00.000000+00:00','2026-11-27T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/x','en-Latn','849518152923b13f1ead235bfb3e559fb69262f62188c43ebf886abfe5edcb38','2026-11-27T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/nairobi/x/en','book:16days-2026/03/nairobi/x/en','2026-11-27T06:00:00.000000+00:00',NULL,NULL,'2026-11-27T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/nairobi/x/fr','16days-2026',3,'nairobi','x','fr','2026-11-27T06:20:00.000000+00:00','2026-11-27T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/x','fr-Latn','43eab0accb0c9626bea142478cf990f7572cc778e50954a25153ab06ece91229','2026-11-27T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/nairobi/x/fr','book:16days-2026/03/nairobi/x/fr','2026-11-27T06:20:00.000000+00:00',NULL,NULL,'2026-11-27T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/kampala/x/fr','16days-2026',3,'kampala','x','fr','2026-11-27T06:20:00.000000+00:00','2026-11-27T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/x','fr-Latn','d0b52da12ad7a3109d46f05c513833e5635827ae00845828354ce37f2d191868','2026-11-27T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/kampala/x/fr','book:16days-2026/03/kampala/x/fr','2026-11-27T06:20:00.000000+00:00',NULL,NULL,'2026-11-27T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/nairobi/bluesky/fr','16days-2026',3,'nairobi','bluesky','fr','2026-11-27T06:20:00.000000+00:00','2026-11-27T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','fr-Latn','43eab0accb0c9626bea142478cf990f7572cc778e50954a25153ab06ece91229','2026-11-27T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/nairobi/bluesky/fr','book:16days-2026/03/nairobi/bluesky/fr','2026-11-27T06:20:00.000000+00:00',NULL,NULL,'2026-11-27T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/03/kampala/bluesky/fr','16days-2026',3,'kampala','bluesky','fr','2026-11-27T06:20:00.000000+00:00','2026-11-27T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','fr-Latn','d0b52da12ad7a3109d46f05c513833e5635827ae00845828354ce37f2d191868','2026-11-27T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/03/kampala/bluesky/fr','book:16days-2026/03/kampala/bluesky/fr','2026-11-27T06:20:00.000000+00:00',NULL,NULL,'2026-11-27T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/kampala/x/en','16days-2026',4,'kampala','x','en','2026-11-28T06:00:00.000000+00:00','2026-11-28T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/x','en-Latn','703e84a968e7b815531e820f0e488e529afccc6ae0603cfaa2a290a963fd9850','2026-11-28T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/kampala/x/en','book:16days-2026/04/kampala/x/en','2026-11-28T06:00:00.000000+00:00',NULL,NULL,'2026-11-28T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/nairobi/x/en','16days-2026',4,'nairobi','x','en','2026-11-28T06:00:00.000000+00:00','2026-11-28T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/x','en-Latn','11d76657f0992d1b622d5303067202a71c4ead48b0e76880d75ab4186e03b703','2026-11-28T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/nairobi/x/en','book:16days-2026/04/nairobi/x/en','2026-11-28T06:00:00.000000+00:00',NULL,NULL,'2026-11-28T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/nairobi/bluesky/en','16days-2026',4,'nairobi','bluesky','en','2026-11-28T06:00:00.000000+00:00','2026-11-28T12:00:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','en-Latn','11d76657f0992d1b622d5303067202a71c4ead48b0e76880d75ab4186e03b703','2026-11-28T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/nairobi/bluesky/en','book:16days-2026/04/nairobi/bluesky/en','2026-11-28T06:00:00.000000+00:00',NULL,NULL,'2026-11-28T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/kampala/bluesky/en','16days-2026',4,'kampala','bluesky','en','2026-11-28T06:00:00.000000+00:00','2026-11-28T12:00:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','en-Latn','703e84a968e7b815531e820f0e488e529afccc6ae0603cfaa2a290a963fd9850','2026-11-28T06:00:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/kampala/bluesky/en','book:16days-2026/04/kampala/bluesky/en','2026-11-28T06:00:00.000000+00:00',NULL,NULL,'2026-11-28T06:00:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/nairobi/x/fr','16days-2026',4,'nairobi','x','fr','2026-11-28T06:20:00.000000+00:00','2026-11-28T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/x','fr-Latn','f8563f70c7ba4e25328e58a3ac8b4464256853f5e900a0734f313f083494b41f','2026-11-28T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/nairobi/x/fr','book:16days-2026/04/nairobi/x/fr','2026-11-28T06:20:00.000000+00:00',NULL,NULL,'2026-11-28T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/kampala/x/fr','16days-2026',4,'kampala','x','fr','2026-11-28T06:20:00.000000+00:00','2026-11-28T12:20:00.000000+00:00','unsure',0,1,'dry-run:kampala/x','fr-Latn','75f0b77da1b1e7189db409752bb7dbcdaae30234f935c00e14d1b9108df74d39','2026-11-28T06:20:00.000000+00:00',NULL,NULL,'no answer came; it may be live',NULL,NULL,NULL,NULL,NULL,'2026-11-28T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/nairobi/bluesky/fr','16days-2026',4,'nairobi','bluesky','fr','2026-11-28T06:20:00.000000+00:00','2026-11-28T12:20:00.000000+00:00','published',0,1,'dry-run:nairobi/bluesky','fr-Latn','f8563f70c7ba4e25328e58a3ac8b4464256853f5e900a0734f313f083494b41f','2026-11-28T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/nairobi/bluesky/fr','book:16days-2026/04/nairobi/bluesky/fr','2026-11-28T06:20:00.000000+00:00',NULL,NULL,'2026-11-28T06:20:00.000000+00:00');
INSERT INTO "delivery" VALUES('16days-2026/04/kampala/bluesky/fr','16days-2026',4,'kampala','bluesky','fr','2026-11-28T06:20:00.000000+00:00','2026-11-28T12:20:00.000000+00:00','published',0,1,'dry-run:kampala/bluesky','fr-Latn','75f0b77da1b1e7189db409752bb7dbcdaae30234f935c00e14d1b9108df74d39','2026-11-28T06:20:00.000000+00:00',NULL,NULL,NULL,'16days-2026/04/kampala/bluesky/fr','book:16days-2026/04/kampala/bluesky/fr','2026-11-28T06:20:00.000000+00:00',NULL,NULL,'2026-11-28T06:20:00.000000+00:00');
CREATE TABLE event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    what    TEXT NOT NULL,
    key     TEXT,
    detail  TEXT,
    who     TEXT NOT NULL,
    machine TEXT NOT NULL
) STRICT;
INSERT INTO "event" VALUES(1,'2026-11-24T06:00:00.000000+00:00','settled in',NULL,'@FOLDER@/orangeday.db','ann','laptop');
INSERT INTO "event" VALUES(2,'2026-11-25T06:00:00.000000+00:00','armed','16days-2026/01/nairobi/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(3,'2026-11-25T06:00:00.000000+00:00','armed','16days-2026/01/nairobi/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(4,'2026-11-25T06:00:00.000000+00:00','armed','16days-2026/01/kampala/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(5,'2026-11-25T06:00:00.000000+00:00','armed','16days-2026/01/kampala/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(6,'2026-11-25T06:00:00.000000+00:00','published','16days-2026/01/kampala/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(7,'2026-11-25T06:00:00.000000+00:00','published','16days-2026/01/nairobi/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(8,'2026-11-25T06:00:00.000000+00:00','published','16days-2026/01/kampala/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(9,'2026-11-25T06:00:00.000000+00:00','published','16days-2026/01/nairobi/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(10,'2026-11-25T06:20:00.000000+00:00','armed','16days-2026/01/nairobi/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(11,'2026-11-25T06:20:00.000000+00:00','armed','16days-2026/01/nairobi/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(12,'2026-11-25T06:20:00.000000+00:00','armed','16days-2026/01/kampala/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(13,'2026-11-25T06:20:00.000000+00:00','armed','16days-2026/01/kampala/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(14,'2026-11-25T06:20:00.000000+00:00','published','16days-2026/01/nairobi/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(15,'2026-11-25T06:20:00.000000+00:00','published','16days-2026/01/nairobi/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(16,'2026-11-25T06:20:00.000000+00:00','published','16days-2026/01/kampala/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(17,'2026-11-25T06:20:00.000000+00:00','published','16days-2026/01/kampala/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(18,'2026-11-26T06:00:00.000000+00:00','armed','16days-2026/02/nairobi/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(19,'2026-11-26T06:00:00.000000+00:00','armed','16days-2026/02/nairobi/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(20,'2026-11-26T06:00:00.000000+00:00','armed','16days-2026/02/kampala/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(21,'2026-11-26T06:00:00.000000+00:00','armed','16days-2026/02/kampala/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(22,'2026-11-26T06:00:00.000000+00:00','published','16days-2026/02/nairobi/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(23,'2026-11-26T06:00:00.000000+00:00','published','16days-2026/02/nairobi/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(24,'2026-11-26T06:00:00.000000+00:00','published','16days-2026/02/kampala/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(25,'2026-11-26T06:00:00.000000+00:00','published','16days-2026/02/kampala/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(26,'2026-11-26T06:20:00.000000+00:00','armed','16days-2026/02/kampala/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(27,'2026-11-26T06:20:00.000000+00:00','armed','16days-2026/02/nairobi/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(28,'2026-11-26T06:20:00.000000+00:00','armed','16days-2026/02/nairobi/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(29,'2026-11-26T06:20:00.000000+00:00','armed','16days-2026/02/kampala/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(30,'2026-11-26T06:20:00.000000+00:00','published','16days-2026/02/kampala/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(31,'2026-11-26T06:20:00.000000+00:00','published','16days-2026/02/nairobi/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(32,'2026-11-26T06:20:00.000000+00:00','published','16days-2026/02/nairobi/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(33,'2026-11-26T06:20:00.000000+00:00','published','16days-2026/02/kampala/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(34,'2026-11-27T06:00:00.000000+00:00','armed','16days-2026/03/nairobi/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(35,'2026-11-27T06:00:00.000000+00:00','armed','16days-2026/03/kampala/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(36,'2026-11-27T06:00:00.000000+00:00','armed','16days-2026/03/kampala/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(37,'2026-11-27T06:00:00.000000+00:00','armed','16days-2026/03/nairobi/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(38,'2026-11-27T06:00:00.000000+00:00','published','16days-2026/03/nairobi/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(39,'2026-11-27T06:00:00.000000+00:00','published','16days-2026/03/kampala/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(40,'2026-11-27T06:00:00.000000+00:00','published','16days-2026/03/nairobi/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(41,'2026-11-27T06:00:00.000000+00:00','published','16days-2026/03/kampala/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(42,'2026-11-27T06:20:00.000000+00:00','armed','16days-2026/03/nairobi/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(43,'2026-11-27T06:20:00.000000+00:00','armed','16days-2026/03/kampala/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(44,'2026-11-27T06:20:00.000000+00:00','armed','16days-2026/03/nairobi/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(45,'2026-11-27T06:20:00.000000+00:00','armed','16days-2026/03/kampala/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(46,'2026-11-27T06:20:00.000000+00:00','published','16days-2026/03/nairobi/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(47,'2026-11-27T06:20:00.000000+00:00','published','16days-2026/03/kampala/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(48,'2026-11-27T06:20:00.000000+00:00','published','16days-2026/03/nairobi/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(49,'2026-11-27T06:20:00.000000+00:00','published','16days-2026/03/kampala/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(50,'2026-11-28T06:00:00.000000+00:00','armed','16days-2026/04/kampala/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(51,'2026-11-28T06:00:00.000000+00:00','armed','16days-2026/04/nairobi/x/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(52,'2026-11-28T06:00:00.000000+00:00','armed','16days-2026/04/nairobi/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(53,'2026-11-28T06:00:00.000000+00:00','published','16days-2026/04/kampala/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(54,'2026-11-28T06:00:00.000000+00:00','armed','16days-2026/04/kampala/bluesky/en','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(55,'2026-11-28T06:00:00.000000+00:00','published','16days-2026/04/nairobi/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(56,'2026-11-28T06:00:00.000000+00:00','published','16days-2026/04/nairobi/x/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(57,'2026-11-28T06:00:00.000000+00:00','published','16days-2026/04/kampala/bluesky/en',NULL,'ann','laptop');
INSERT INTO "event" VALUES(58,'2026-11-28T06:20:00.000000+00:00','armed','16days-2026/04/nairobi/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(59,'2026-11-28T06:20:00.000000+00:00','armed','16days-2026/04/kampala/x/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(60,'2026-11-28T06:20:00.000000+00:00','armed','16days-2026/04/nairobi/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(61,'2026-11-28T06:20:00.000000+00:00','armed','16days-2026/04/kampala/bluesky/fr','attempt 1','ann','laptop');
INSERT INTO "event" VALUES(62,'2026-11-28T06:20:00.000000+00:00','published','16days-2026/04/nairobi/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(63,'2026-11-28T06:20:00.000000+00:00','unsure','16days-2026/04/kampala/x/fr','no answer came; it may be live','ann','laptop');
INSERT INTO "event" VALUES(64,'2026-11-28T06:20:00.000000+00:00','published','16days-2026/04/nairobi/x/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(65,'2026-11-28T06:20:00.000000+00:00','published','16days-2026/04/kampala/bluesky/fr',NULL,'ann','laptop');
INSERT INTO "event" VALUES(66,'2026-11-28T08:00:00.000000+00:00','retracting','16days-2026/02/nairobi/bluesky/fr','book:16days-2026/02/nairobi/bluesky/fr','Ann Peeters','laptop');
INSERT INTO "event" VALUES(67,'2026-11-28T08:00:00.000000+00:00','retracted','16days-2026/02/nairobi/bluesky/fr','book:16days-2026/02/nairobi/bluesky/fr','Ann Peeters','laptop');
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
INSERT INTO "home" VALUES(1,'9eda98e248cdbaec07bfa2796ef91f2b','@FOLDER@/orangeday.db',NULL,NULL,NULL);
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
INSERT INTO "swept" VALUES('16days-2026','','2026-11-28T06:20:00.000000+00:00');
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
INSERT INTO "tombstone" VALUES('16days-2026/02/nairobi/bluesky/fr',0,'16days-2026','dry-run:nairobi/bluesky',2,'fr-Latn','16days-2026/02/nairobi/bluesky/fr','book:16days-2026/02/nairobi/bluesky/fr','2026-11-26T06:20:00.000000+00:00','2026-11-28T08:00:00.000000+00:00','Ann Peeters');
CREATE INDEX delivery_campaign ON delivery (campaign, day);
CREATE TRIGGER attempt_kept BEFORE DELETE ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END;
CREATE INDEX event_key ON event (key);
CREATE TRIGGER event_kept BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;
CREATE TRIGGER event_frozen BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the event log is only ever added to'); END;
CREATE TRIGGER attempt_frozen BEFORE UPDATE OF key, number, generation, armed, text, payload ON attempt
    BEGIN SELECT RAISE(ABORT, 'an attempt is frozen once it is armed'); END;
CREATE UNIQUE INDEX said_once ON delivery (campaign, identity, day, script)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE UNIQUE INDEX text_once ON delivery (campaign, identity, digest)
    WHERE state IN ('armed', 'published', 'unsure', 'retracted');
CREATE INDEX tombstone_said ON tombstone (campaign, identity, day, script);
CREATE TRIGGER tombstone_kept BEFORE DELETE ON tombstone
    BEGIN SELECT RAISE(ABORT, 'what was taken down is never forgotten'); END;
CREATE INDEX evidence_of ON evidence (key, number);
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;
CREATE TRIGGER evidence_frozen BEFORE UPDATE ON evidence
    BEGIN SELECT RAISE(ABORT, 'evidence is only ever added to'); END;
CREATE INDEX delivery_in_doubt ON delivery (campaign, identity) WHERE state IN ('armed', 'unsure');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',67);
COMMIT;
PRAGMA user_version = 7;
