-- What somebody has used today, which counts from now on. $1 account. Gives: token_use.
WITH today AS (
    SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day),
     begun AS (
    INSERT INTO token_use AS u (owner, day)
    SELECT $1::uuid, day FROM today
    ON CONFLICT (owner) DO UPDATE SET day = excluded.day, tokens = 0 WHERE u.day <> excluded.day
    RETURNING tokens)
SELECT tokens FROM begun
UNION ALL
SELECT tokens FROM token_use JOIN today USING (day) WHERE owner = $1::uuid
 LIMIT 1
