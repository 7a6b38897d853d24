-- The same, asked for within the last seconds and not done yet: a client that got no answer asks again. $1 owner, $2 what is asked.
-- Gives: transcription_ref.
SELECT id
  FROM transcriptions
 WHERE owner = $1::uuid
   AND id > uuid_at(clock_timestamp() - interval '1 min')
   AND created_at > clock_timestamp() - interval '10 s'
   AND asked = $2
   AND status = 'pending'
 ORDER BY id DESC
 LIMIT 1
