-- A list of somebody whose account is open; of another the owner is null, which the table refuses. $1 id, $2 owner, $3 what is asked, $4 address,
-- $5 language, $6 are captions asked for, $7 steps of a transcription.
INSERT INTO playlists (id, owner, asked, url, language, captions, steps)
VALUES ($1::uuid, (SELECT id FROM users WHERE id = $2::uuid AND enabled), $3, $4, $5, $6::boolean, $7::jsonb)
