-- Deploy palabre:supabase to pg
BEGIN;

-- People whom Supabase knows and who have been here; their id there is that of their account. It stays when the account goes:
-- whose account was deleted is not given a new one by a token that is still good.
CREATE TABLE supabase_people (
    id     uuid PRIMARY KEY,
    met_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMIT;
