-- A file has an owner, or is gone. $1 key.
DELETE FROM files_left
 WHERE key = $1
