-- How many of them have ended so. $1 owner, $2 completed or failed. Gives: transcriptions_n.
SELECT count(*) AS n
  FROM transcriptions
 WHERE owner = $1::uuid
   AND status = $2
