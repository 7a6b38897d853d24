-- Erase what entries tell of a person beside the id. $1 whose. Gives: audit_erased.
WITH gone AS (
    DELETE FROM audit_personal
     WHERE actor = $1::uuid
    RETURNING 1
)
SELECT count(*) AS entries
  FROM gone
