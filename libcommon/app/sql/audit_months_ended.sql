-- Months of entries that had ended on a day. $1 the day. Gives: audit_month.
SELECT month, entries, unlinked, through
  FROM audit_months_ended($1::date)
 ORDER BY month
