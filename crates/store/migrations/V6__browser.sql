-- What a browser holds of a session, by a cookie: nothing where tokens were given out.
ALTER TABLE session ADD COLUMN browser_counter BIGINT;
ALTER TABLE session ADD COLUMN proved_at BIGINT;
