-- A delivery that is to be made by this job. $1 id, $2 job. Gives: delivery.
SELECT d.id, d.endpoint, e.owner, d.message, m.type, m.payload, e.url, e.secret, CASE WHEN e.old_until > clock_timestamp() THEN e.old_secret END AS old_secret,
       d.tries, e.failures, e.enabled
  FROM webhook_deliveries d
  JOIN webhook_endpoints e ON e.id = d.endpoint
  JOIN webhook_messages m ON m.id = d.message
 WHERE d.id = $1::uuid
   AND d.job_id = $2::uuid
   AND d.state = 'pending'
