-- Uploads that nobody went on with for a day; their parts are noted to go.
DELETE FROM uploads
 WHERE updated_at < clock_timestamp() - interval '1 day'
