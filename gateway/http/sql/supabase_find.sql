-- Somebody whom Supabase knows and who has been here. $1 account, $2 session, $3 when the token ends, seconds since 1970, $4 seconds
-- beyond that for which the session is kept. Gives: supabase_person.
SELECT u.id, $2::uuid AS session, u.role, u.plan, u.enabled, s.ended_at IS NOT NULL OR coalesce(s.user_id <> u.id, false) AS ended,
       coalesce(s.expires_at >= to_timestamp($3::bigint) + make_interval(secs => $4::bigint), false) AS known
  FROM supabase_people p
  JOIN users u ON u.id = p.id
  LEFT JOIN sessions s ON s.id = $2::uuid
 WHERE p.id = $1::uuid
