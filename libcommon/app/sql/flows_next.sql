-- For steps that have ended: insert the next step of their flow with its ticket, or end the flow. $1 ids of the ended steps, $2 ids for
-- the next ones. What a step takes of results before it is copied into its input, as its row of the flow says.
-- Gives: flow_turn.
WITH flow AS (
    SELECT r.id AS root, n.next_id, s.place + 1 AS place, r.steps -> (s.place + 1) AS step, jsonb_array_length(r.steps) AS places,
           r.lane, r.owner, r.trace, r.deadline_at
      FROM unnest($1::uuid[], $2::uuid[]) AS n (id, next_id)
      JOIN jobs s ON s.id = n.id
      JOIN jobs r ON r.id = s.root
     WHERE r.state = 'waiting'
     ORDER BY r.id
       FOR UPDATE OF r
), next AS (
    INSERT INTO jobs (id, root, step, place, kind, lane, owner, input, trace, deadline_at, due_at)
    SELECT f.next_id, f.root, f.step ->> 'step', f.place, f.step ->> 'kind', coalesce(f.step ->> 'lane', f.lane), f.owner,
           coalesce(f.step -> 'input', '{}') || coalesce((
               SELECT jsonb_object_agg(t.key, j.result -> split_part(t.value, '.', 2))
                 FROM jsonb_each_text(f.step -> 'takes') AS t
                 JOIN jobs j ON j.root = f.root AND j.step = split_part(t.value, '.', 1) AND j.state = 'succeeded'
                WHERE j.result -> split_part(t.value, '.', 2) IS NOT NULL), '{}'),
           f.trace, f.deadline_at, LEAST(clock_timestamp() + interval '60 s', f.deadline_at)
      FROM flow f
     WHERE f.step IS NOT NULL
    RETURNING id, root, kind, lane, trace
), tickets AS (
    INSERT INTO outbox (job_id, kind, lane, trace)
    SELECT id, kind, lane, trace
      FROM next
    RETURNING id, job_id
), turned AS (
    UPDATE jobs r
       SET percent = 100 * f.place / f.places, state = CASE WHEN f.step IS NULL THEN 'succeeded' ELSE r.state END,
           finished_at = CASE WHEN f.step IS NULL THEN clock_timestamp() END,
           due_at = CASE WHEN f.step IS NULL THEN NULL ELSE r.due_at END
      FROM flow f
     WHERE r.id = f.root
    RETURNING r.id, r.state
)
SELECT turned.id AS root, turned.state, tickets.id AS ticket, next.id AS job_id, next.kind, next.lane, next.trace
  FROM turned
  LEFT JOIN next ON next.root = turned.id
  LEFT JOIN tickets ON tickets.job_id = next.id
