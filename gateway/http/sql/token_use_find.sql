-- What somebody has used today; no row: nothing that counts. $1 account. Gives: token_use.
SELECT tokens
  FROM token_use
 WHERE owner = $1::uuid AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date
