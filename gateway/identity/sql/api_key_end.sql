-- End a key. $1 id, $2 account. Gives: session_ref.
UPDATE api_keys
   SET ended_at = clock_timestamp()
 WHERE id = $1::uuid AND owner = $2::uuid AND ended_at IS NULL
RETURNING id
