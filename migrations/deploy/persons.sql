-- Deploy palabre:persons to pg
BEGIN;

-- The key of each person, wrapped by a master key that is not here. A destroyed key leaves its row: what it sealed stays closed,
-- and no new one is made in its place. Accounts are deleted, so this table knows nothing of them.
CREATE TABLE person_keys (
    person    uuid PRIMARY KEY,
    master    text,                 -- id of the master key
    wrapped   text,                 -- AES-256-GCM, base64url
    made_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL) AND (wrapped IS NULL) = (master IS NULL))
);
CREATE INDEX person_keys_master ON person_keys (master) WHERE wrapped IS NOT NULL;

-- Who left. The account and the key are gone by then; files and the texts of jobs follow.
CREATE TABLE erasures (
    person   uuid PRIMARY KEY,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
);
CREATE INDEX erasures_pending ON erasures (asked_at) WHERE ended_at IS NULL;

-- The beginnings of what was asked, for the list: text and question are sealed, and only whole ones open.
ALTER TABLE asks ADD COLUMN text_begin text, ADD COLUMN question_begin text;
UPDATE asks SET text_begin = left(text, 200), question_begin = left(question, 200);

COMMIT;
