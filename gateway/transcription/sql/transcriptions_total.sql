-- How many transcriptions a person has. $1 owner. Gives: transcriptions_n.
SELECT n
  FROM transcription_counts
 WHERE owner = $1::uuid
