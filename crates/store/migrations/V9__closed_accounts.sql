-- Whose account is closed, for whoever looks for them among a million that are open.
CREATE INDEX account_closed ON account (tenant, kind, id) WHERE standing = 'deactivated';
