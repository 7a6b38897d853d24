-- How many of its videos are not over. $1 id. Gives: playlist_count.
SELECT count(*) AS n
  FROM playlist_rows
 WHERE playlist = $1::uuid
   AND status = 'pending'
