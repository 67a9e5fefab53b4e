-- A tenant's logo, as this service wrote it: beside the tenant's row, which every request reads and a picture would fatten.
CREATE TABLE tenant_logo (
    tenant     UUID   NOT NULL PRIMARY KEY REFERENCES tenant (id),
    png        BYTEA  NOT NULL,
    hash       BYTEA  NOT NULL,
    changed_at BIGINT NOT NULL
) {table};
