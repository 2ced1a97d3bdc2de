-- What somebody was alerted of: one message for each cause, however many posts it concerns.

CREATE TABLE alarm (
    cause TEXT PRIMARY KEY,
    seen  TEXT NOT NULL,                            -- when it was last there
    told  TEXT                                      -- when somebody was told; NULL: the message didn't go out
) STRICT;
