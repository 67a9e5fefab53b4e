-- How far the import of a file has come, so that it goes on there after a stop. The id is made of the file's digest.
CREATE TABLE import (
    tenant     UUID   NOT NULL,
    id         UUID   NOT NULL,
    row_number BIGINT NOT NULL,
    written    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) {table};
