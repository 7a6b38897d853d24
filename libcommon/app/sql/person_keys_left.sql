-- How many keys another master key wraps. $1 id of the master key. Gives: persons_rotated.
SELECT count(*) AS left
  FROM person_keys
 WHERE wrapped IS NOT NULL
   AND master <> $1
