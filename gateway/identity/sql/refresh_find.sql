-- A refresh token and what came of it. $1 its hash, $2 seconds a session may rest. Gives: refresh_row.
SELECT t.session_id, s.user_id, s.client_id, s.scope, n.hash AS successor, t.used_at IS NOT NULL AS used,
       coalesce(n.used_at IS NOT NULL, false) AS successor_used,
       coalesce((extract(epoch FROM clock_timestamp() - t.used_at) * 1000)::bigint, 0) AS used_ms,
       c.secret IS NOT NULL AS confidential,
       s.ended_at IS NULL AND u.enabled AND s.expires_at > clock_timestamp()
           AND s.used_at > clock_timestamp() - make_interval(secs => $2::bigint) AS lives,
       extract(epoch FROM s.created_at)::bigint AS auth_time
  FROM refresh_tokens t
  JOIN sessions s ON s.id = t.session_id
  JOIN users u ON u.id = s.user_id
  LEFT JOIN oauth_clients c ON c.id = s.client_id
  LEFT JOIN refresh_tokens n ON n.parent = t.hash
 WHERE t.hash = $1
