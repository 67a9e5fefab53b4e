-- People and their passwords. Times are microseconds since 1970 UTC; days are texts (2001-12-31).

-- What is known of the person behind an account, which no login reads. Without a row, nothing is.
CREATE TABLE person (
    tenant         UUID NOT NULL,
    account        UUID NOT NULL,
    dialing_code   TEXT,
    phone          TEXT,
    dob            TEXT,
    address        TEXT,
    customer_type  TEXT,
    dynamic_fields TEXT,
    language       TEXT,
    PRIMARY KEY (tenant, account)
) {table};

-- Lists of one kind, the newest first.
CREATE INDEX account_kind ON account (tenant, kind, id);

-- What an account is found by: the folded address and names, each a row, in the order of their bytes, so that what
-- begins alike lies together.
CREATE TABLE account_word (
    tenant  UUID NOT NULL,
    kind    TEXT NOT NULL,
    word    TEXT COLLATE "C" NOT NULL,
    account UUID NOT NULL,
    PRIMARY KEY (tenant, kind, word, account)
) {table};
INSERT INTO account_word (tenant, kind, word, account) SELECT tenant, kind, email_key, id FROM account;

-- Who holds a role, so that the last active manager is known without reading all staff.
CREATE TABLE role_holder (
    tenant  UUID NOT NULL,
    role    TEXT NOT NULL,
    account UUID NOT NULL,
    PRIMARY KEY (tenant, role, account)
) {table};
INSERT INTO role_holder (tenant, role, account)
    SELECT r.tenant, r.name, a.id FROM role r JOIN account a ON a.tenant = r.tenant AND a.roles LIKE '%"' || r.name || '"%';

-- A list of permissions; nothing means those that the role of this name has everywhere.
ALTER TABLE role ADD COLUMN permissions TEXT;

-- Wrong current passwords of a change-password: they count on the session.
ALTER TABLE session ADD COLUMN password_failures BIGINT NOT NULL DEFAULT 0;

-- A registration that is not confirmed is not an account: it occupies no address.
CREATE TABLE registration (
    tenant        UUID   NOT NULL,
    id            UUID   NOT NULL,
    email_key     TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    first_name    TEXT   NOT NULL,
    last_name     TEXT   NOT NULL,
    person        TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    failures      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) {table};
CREATE INDEX registration_name ON registration (tenant, email_key, id);

-- A mailed token is good while its account's password is of this version: whoever spends one advances the version, and
-- so voids all others. The token itself is made of the id and lies nowhere.
CREATE TABLE one_time_token (
    tenant           UUID   NOT NULL,
    id               UUID   NOT NULL,
    purpose          TEXT   NOT NULL,
    account          UUID   NOT NULL,
    password_version BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) {table};

-- Staff that has been invited and has not set a password.
CREATE TABLE invitation (
    tenant     UUID   NOT NULL,
    account    UUID   NOT NULL,
    invited_by UUID,
    invited_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, account)
) {table};

-- The outbox: a letter is written with the fact it tells, and sent afterwards. It holds a kind and ids, never a token.
CREATE TABLE letter (
    tenant     UUID   NOT NULL,
    id         UUID   NOT NULL,
    kind       TEXT   NOT NULL,
    name_hash  BYTEA  NOT NULL,
    about      TEXT   NOT NULL,
    language   TEXT,
    state      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    done_at    BIGINT,
    PRIMARY KEY (tenant, id)
) {hot};
-- How many letters of a kind a name was sent lately.
CREATE INDEX letter_name ON letter (tenant, name_hash, kind, created_at);
CREATE INDEX letter_dead ON letter (tenant, id) WHERE state = 'dead';

-- When a letter is to be tried; whoever tries it moves it on first, which is the lease.
CREATE TABLE letter_due (
    due_at BIGINT NOT NULL,
    letter UUID   NOT NULL,
    tenant UUID   NOT NULL,
    PRIMARY KEY (due_at, letter)
) {table};

-- When a row of one of these tables is to be removed: registration, one_time_token, letter.
CREATE TABLE passing_due (
    due_at BIGINT NOT NULL,
    id     UUID   NOT NULL,
    tenant UUID   NOT NULL,
    what   TEXT   NOT NULL,
    PRIMARY KEY (due_at, id)
) {table};

-- Long-lived tokens of servers.
CREATE TABLE api_token (
    tenant         UUID   NOT NULL,
    id             UUID   NOT NULL,
    name           TEXT   NOT NULL,
    hint           TEXT   NOT NULL,
    roles          TEXT   NOT NULL,
    maker          UUID   NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    invalidated_at BIGINT,
    last_used_at   BIGINT,
    PRIMARY KEY (tenant, id)
) {hot};
CREATE INDEX api_token_maker ON api_token (tenant, maker, id);

-- What proves one: its present secret, and for a while the one before.
CREATE TABLE api_token_secret (
    tenant     UUID   NOT NULL,
    hash       BYTEA  NOT NULL,
    token      UUID   NOT NULL,
    good_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash)
) {table};
CREATE INDEX api_token_secret_token ON api_token_secret (tenant, token, hash);
