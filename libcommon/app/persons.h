/* What belongs to a person is sealed with a key of that person (AES-256-GCM), which lies in the database wrapped by a master
 * key: who destroys the person's key has erased it all, in every copy of the rows. Without a master key nothing is sealed. */
#pragma once

#include "base/text.h"

struct persons;

/* `keys`: "id:base64,id:base64", 32 bytes each. The first wraps; the others open what they once wrapped. NULL or "": none, and
 * `out` is NULL. CONFIG_INVALID. */
fallible persons_open(struct ctx *cx, struct arena *a, const char *keys, struct persons **out);

/* "pk1.<base64url>" that only this person's key opens; the text itself without a master key, or without a person (NULL).
 * PERSON_ERASED. */
fallible person_seal(struct ctx *cx, const char *person, struct bytes plain, const char **out);
/* The text again; one that was never sealed as it is; NULL: the person's key is destroyed. PERSON_KEY_MISSING: the master key
 * that wrapped it is not among the settings, or it is another's text. */
fallible person_open(struct ctx *cx, const char *person, const char *text, const char **out);
/* Many texts of one person, each in its place. */
fallible person_open_all(struct ctx *cx, const char *person, const char **const *texts, size_t n);
bool     person_is_sealed(const char *text);

/* The same for those top-level members of a JSON object that hold what people say and get (persons_json.c has their names): a
 * sealed member is a string, so SQL copies it like any other. Members of an erased person open as absent. */
fallible person_seal_json(struct ctx *cx, const char *person, const char *json, const char **out);
fallible person_open_json(struct ctx *cx, const char *person, const char *json, const char **out);

/* Destroy the key of a person for good. Other processes forget it within PERSON_KEY_S. */
#define PERSON_KEY_S 60
fallible person_erase(struct ctx *cx, const char *person);

/* Wrap anew with the first master key at most `most` keys that another one wraps, in one commit; beside everything that goes on.
 * `left`: how many there are then. */
struct persons_rotated { int64_t done, left; };
extern const struct shape persons_rotated_shape;
fallible persons_rotate(struct ctx *cx, int most, struct persons_rotated *out);
