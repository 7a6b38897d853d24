-- The account of somebody whom Supabase knows, at their first token; no row: they were here before, or the address is another
-- account's. $1 id, $2 address. Gives: supabase_account.
WITH person AS (
    INSERT INTO supabase_people (id) VALUES ($1::uuid) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO users (id, email)
SELECT id, $2 FROM person
    ON CONFLICT DO NOTHING
RETURNING id
