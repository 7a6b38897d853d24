-- The videos of a list; texts only as far as they have $2 bytes in all. $1 id. Gives: playlist_row.
SELECT video_id, title, url, duration_s, transcription_id, status, error_code, provider, language, is_manual, confidence, mock,
       CASE WHEN sum(octet_length(text)) OVER (ORDER BY place) <= $2::bigint THEN text END AS text
  FROM playlist_rows
 WHERE playlist = $1::uuid
 ORDER BY place
