-- Months ahead have their partitions, and those older than $1 days go (0: none does). Gives: turned.
SELECT partitions_turn($1::int) AS gone
