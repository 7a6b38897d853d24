-- A word that is no permission. $1 words with spaces. Gives: permission_word.
SELECT w.word
  FROM unnest(string_to_array($1, ' ')) AS w(word)
 WHERE w.word = '*' OR NOT EXISTS (SELECT FROM permissions WHERE code = w.word)
 LIMIT 1
