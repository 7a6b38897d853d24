-- The same, asked for within the last two minutes: a client that got no answer asks again. One that could not be read, or was cancelled,
-- is none. $1 owner, $2 what is asked. Gives: playlist_ref.
SELECT p.id
  FROM playlists p
  JOIN jobs j ON j.id = p.id
 WHERE p.owner = $1::uuid
   AND p.id > uuid_at(clock_timestamp() - interval '3 min')
   AND p.created_at > clock_timestamp() - interval '2 min'
   AND p.asked = $2
   AND j.state IN ('queued', 'running', 'succeeded')
   AND NOT EXISTS (SELECT FROM playlist_rows r WHERE r.playlist = p.id AND r.error_code = 'CANCELLED')
 ORDER BY p.id DESC
 LIMIT 1
