#!/bin/sh
# embed-sql.sh HEADER SOURCE FILE.sql...: one C constant per statement, named after its file.
# "Gives: NAME." in the comment names the shape of its rows; $n gives the number of parameters.
set -eu
header=$1 source=$2
shift 2
exec >"$header.new" 3>"$source.new"
printf '#pragma once\n#include "net/pg.h"\n\n'
printf '#include "sql.h"\n\n' >&3
for file in "$@"; do
    name=$(basename "$file" .sql)
    gives=$(sed -n 's/^--.*Gives: \([a-z_]*\)\..*/"\1"/p' "$file" | head -n 1)
    params=$(grep -v '^--' "$file" | grep -o '\$[0-9]*' | tr -d '$' | sort -n | tail -n 1)
    printf 'extern const struct sql sql_%s;\n' "$name"
    {
        printf 'const struct sql sql_%s = { "%s",\n' "$name" "$name"
        grep -v '^--' "$file" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^[ ]*/ /' -e 's/.*/    "&\\n"/'
        printf '    , %s, %s };\n' "${gives:-NULL}" "${params:-0}"
        printf 'static const struct sql *const sql_%s_entry\n' "$name"
        printf '    __attribute__((used, retain, section("statements"))) = &sql_%s;\n\n' "$name"
    } >&3
done
mv "$header.new" "$header"
mv "$source.new" "$source"
