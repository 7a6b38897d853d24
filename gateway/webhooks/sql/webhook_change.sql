-- Change what is given of a webhook; one that is enabled again has no failures behind it. $1 id, $2 account, $3 address, $4 description, $5 types,
-- $6 enabled. Gives: webhook.
UPDATE webhook_endpoints
   SET url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5::text[], events),
       enabled = coalesce($6::boolean, enabled),
       disabled_reason = CASE WHEN $6::boolean THEN NULL WHEN NOT $6::boolean THEN coalesce(disabled_reason, 'owner') ELSE disabled_reason END,
       failures = CASE WHEN $6::boolean AND NOT enabled THEN 0 ELSE failures END,
       failing_since = CASE WHEN $6::boolean AND NOT enabled THEN NULL ELSE failing_since END,
       updated_at = clock_timestamp()
 WHERE id = $1::uuid
   AND owner = $2::uuid
RETURNING id, url, description, array_to_json(events) AS events, enabled, disabled_reason, failures, failing_since, delivered_at,
          CASE WHEN old_until > clock_timestamp() THEN old_until END AS old_until, created_at, updated_at
