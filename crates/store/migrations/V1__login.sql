-- One text for both engines. Every table of tenant data begins its key and its indexes with the tenant; the exceptions
-- are the work lists event_unsealed and session_due, keyed by time. Times are microseconds since 1970 UTC.

-- What kind of store this is: production refuses one that a sandbox made.
CREATE TABLE store_mark (
    id      BIGINT PRIMARY KEY,
    origin  TEXT   NOT NULL,
    made_at BIGINT NOT NULL
) {table};

-- The service's own secret keys, sealed under the master key.
CREATE TABLE secret (
    purpose TEXT   NOT NULL,
    version BIGINT NOT NULL,
    id      UUID   NOT NULL,
    sealed  BYTEA  NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (purpose, version)
) {table};

-- Sessions opened until sessions_after are over: 0 where a signing key never became known to others.
CREATE TABLE tenant (
    id             UUID   PRIMARY KEY,
    slug           TEXT   NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    settings       TEXT   NOT NULL,
    sessions_after BIGINT NOT NULL,
    created_at     BIGINT NOT NULL
) {table};

-- Hosts of a tenant outside every base domain.
CREATE TABLE tenant_host (
    host   TEXT PRIMARY KEY,
    tenant UUID NOT NULL REFERENCES tenant (id)
) {table};
CREATE INDEX tenant_host_tenant ON tenant_host (tenant, host);

CREATE TABLE role (
    tenant UUID NOT NULL REFERENCES tenant (id),
    name   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) {table};

CREATE TABLE signing_key (
    tenant         UUID   NOT NULL REFERENCES tenant (id),
    id             UUID   NOT NULL,
    kid            TEXT   NOT NULL,
    algorithm      TEXT   NOT NULL,
    public         BYTEA  NOT NULL,
    sealed_private BYTEA  NOT NULL,
    published_at   BIGINT NOT NULL,
    active_at      BIGINT NOT NULL,
    retired_at     BIGINT,
    compromised_at BIGINT,
    PRIMARY KEY (tenant, id)
) {table};

CREATE TABLE account (
    tenant               UUID   NOT NULL REFERENCES tenant (id),
    id                   UUID   NOT NULL,
    kind                 TEXT   NOT NULL,
    email_key            TEXT   NOT NULL,
    email                TEXT   NOT NULL,
    first_name           TEXT,
    last_name            TEXT,
    roles                TEXT   NOT NULL,
    standing             TEXT   NOT NULL,
    generation           BIGINT NOT NULL,
    password_version     BIGINT NOT NULL,
    password_hash        TEXT,
    must_change_password BIGINT NOT NULL,
    created_at           BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) {table};
CREATE UNIQUE INDEX account_name ON account (tenant, email_key, kind);

-- Failures of one name from one class of device, a counter for each kind of account.
CREATE TABLE counter (
    tenant    UUID  NOT NULL,
    name_hash BYTEA NOT NULL,
    device    BYTEA NOT NULL,
    customer  TEXT  NOT NULL,
    staff     TEXT  NOT NULL,
    PRIMARY KEY (tenant, name_hash, device)
) {hot};

-- One row per session, never one per token. No column that a rotation changes is indexed, so it rewrites one row.
CREATE TABLE session (
    tenant          UUID   NOT NULL,
    id              UUID   NOT NULL,
    account         UUID   NOT NULL,
    generation      BIGINT NOT NULL,
    secret          BYTEA  NOT NULL,
    refresh_counter BIGINT NOT NULL,
    rotated_at      BIGINT NOT NULL,
    last_request    UUID,
    network         TEXT   NOT NULL,
    user_agent      TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    idle_expires_at BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    end_reason      TEXT,
    PRIMARY KEY (tenant, id)
) {hot};
-- The living of an account, who are few, apart from the ended ones.
CREATE INDEX session_account ON session (tenant, account, ended_at, id);

-- When a session is to be looked at for removal.
CREATE TABLE session_due (
    due_at  BIGINT NOT NULL,
    session UUID   NOT NULL,
    tenant  UUID   NOT NULL,
    PRIMARY KEY (due_at, session)
) {table};

-- The trail. Personal columns can be erased: then the commitment to them stays, so that the seals hold.
CREATE TABLE event (
    tenant         UUID   NOT NULL,
    id             UUID   NOT NULL,
    at             BIGINT NOT NULL,
    actor          TEXT   NOT NULL,
    actor_account  UUID,
    subject        UUID,
    session        UUID,
    action         TEXT   NOT NULL,
    outcome        TEXT   NOT NULL,
    reason         TEXT,
    count          BIGINT NOT NULL,
    request_id     TEXT,
    salt           BYTEA,
    name_hash      BYTEA,
    client_address TEXT,
    user_agent     TEXT,
    detail         TEXT,
    commitment     BYTEA,
    PRIMARY KEY (tenant, id),
    CHECK ((salt IS NULL) <> (commitment IS NULL))
) {table};
CREATE INDEX event_subject ON event (tenant, subject, id) WHERE subject IS NOT NULL;

-- Events committed and not yet in a seal.
CREATE TABLE event_unsealed (
    id     UUID PRIMARY KEY,
    tenant UUID NOT NULL
) {table};

CREATE TABLE seal (
    tenant    UUID   NOT NULL,
    number    BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    previous  BYTEA  NOT NULL,
    count     BIGINT NOT NULL,
    root      BYTEA  NOT NULL,
    key_id    UUID   NOT NULL,
    signature BYTEA  NOT NULL,
    ids       BYTEA,
    PRIMARY KEY (tenant, number)
) {table};
-- Batches whose events are still there, the oldest first. (With `number` in front SQLite would take the primary key and
-- read every seal whose batch is gone.)
CREATE INDEX seal_kept ON seal (tenant, at, number) WHERE ids IS NOT NULL;

-- One sealer at a time holds this row.
CREATE TABLE sealer (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
) {table};
INSERT INTO sealer (id, at) VALUES (1, 0);
