-- Questions go. $1 ids.
DELETE FROM asks
 WHERE id = ANY ($1::uuid[])
