-- Is it a list of this person? $1 id, $2 owner. Gives: playlist_ref.
SELECT id
  FROM playlists
 WHERE id = $1::uuid
   AND owner = $2::uuid
