-- A session as whoever asks about its tokens sees it. $1 hash of a refresh token or null, $2 session or null. Gives: session_token.
SELECT s.id, s.user_id, s.client_id, s.scope, u.email, extract(epoch FROM s.expires_at)::bigint AS exp,
       s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.enabled AS active, coalesce(t.used_at IS NOT NULL, false) AS used
  FROM sessions s
  JOIN users u ON u.id = s.user_id
  LEFT JOIN refresh_tokens t ON t.hash = $1
 WHERE s.id = coalesce($2::uuid, t.session_id)
