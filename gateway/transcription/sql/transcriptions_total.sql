-- How many transcriptions a person has. $1 owner. Gives: transcriptions_n.
SELECT count(*) AS n
  FROM transcriptions
 WHERE owner = $1::uuid
