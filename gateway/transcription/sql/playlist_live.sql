-- The jobs of a list that are not over: what reads it, asks for captions, transcribes. $1 id. Gives: playlist_ref.
SELECT j.id
  FROM jobs j
 WHERE j.state IN ('queued', 'running', 'waiting')
   AND j.id IN (SELECT $1::uuid
                 UNION ALL
                SELECT captions_job FROM playlist_videos WHERE playlist = $1::uuid
                 UNION ALL
                SELECT t.job_id FROM playlist_videos v JOIN transcriptions t ON t.id = v.transcription WHERE v.playlist = $1::uuid)
