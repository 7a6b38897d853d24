-- Tokens that ended before their time. $1 in so many seconds, $2 after this id, $3 how many at most. Gives: end_row.
SELECT id, subject, version::bigint AS version
  FROM token_ends
 WHERE at > clock_timestamp() - make_interval(secs => $1::bigint) AND id > $2::bigint
 ORDER BY id
 LIMIT $3::int
