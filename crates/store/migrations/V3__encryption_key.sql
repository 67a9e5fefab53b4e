-- What a tenant's encrypted fields are encrypted under: its own pairs, never those that sign. The highest number is in
-- use; the others are retired, and of them only the public half is left.
CREATE TABLE encryption_key (
    tenant         UUID   NOT NULL REFERENCES tenant (id),
    number         BIGINT NOT NULL,
    id             UUID   NOT NULL,
    bits           BIGINT NOT NULL,
    public         BYTEA  NOT NULL,
    sealed_private BYTEA,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT,
    PRIMARY KEY (tenant, number),
    CHECK ((sealed_private IS NULL) = (retired_at IS NOT NULL))
) {table};
