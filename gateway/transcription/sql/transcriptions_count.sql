-- How many of them fit. $1 owner, $2 status or null, $3 what is in the title, address or file name, or null. Gives: transcriptions_n.
SELECT count(*) AS n
  FROM transcriptions_found($1::uuid, $2, $3)
