-- Forget tickets that the broker has confirmed. $1 their ids.
DELETE FROM outbox
 WHERE id = ANY ($1::bigint[])
