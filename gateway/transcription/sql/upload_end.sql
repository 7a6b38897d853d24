-- An upload goes; its parts are noted to go. $1 id, $2 owner.
DELETE FROM uploads
 WHERE id = $1::uuid
   AND owner = $2::uuid
