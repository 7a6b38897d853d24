-- Drop the entries of a month. $1 the month, as YYYY_MM.
SELECT audit_month_drop($1)
