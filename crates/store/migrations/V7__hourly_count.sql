-- How much of what happened in each hour since 1970 UTC: a row where there is anything to count, and never more of them for
-- an hour of a tenant than there are measures. Charts read these and not the trail.
CREATE TABLE hourly_count (
    tenant  UUID   NOT NULL,
    hour    BIGINT NOT NULL,
    measure TEXT   NOT NULL,
    count   BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, measure)
) {hot};
