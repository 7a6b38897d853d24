-- What a question was to be answered from. $1 id, $2 owner. Gives: export_material.
SELECT material
  FROM asks
 WHERE id = $1::uuid
   AND owner = $2::uuid
