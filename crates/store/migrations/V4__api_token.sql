-- When an API token's secret was last replaced, so that it is not replaced twice at once; and who was shown each secret,
-- who answers for it.
ALTER TABLE api_token ADD COLUMN rotated_at BIGINT;
ALTER TABLE api_token_secret ADD COLUMN maker UUID;
CREATE INDEX api_token_secret_maker ON api_token_secret (tenant, maker, hash);
