/* Tokens that Supabase made (GoTrue's access tokens), with the people behind them.
 *
 * Only who it is is believed: `sub` is their account's id here, `session_id` a session of theirs as any other, and what they
 * may do is read from our rows with every request, so nothing of it has to be told to end. Who left does not come back. */
#pragma once

#include "http/exchange.h"

struct gateway_settings;
struct supabase;

/* *out NULL: it is not configured. CONFIG_INVALID. */
fallible supabase_open(struct ctx *cx, struct daemon *d, const struct gateway_settings *s, struct supabase **out);
void     supabase_close(struct supabase *s);            /* NULL: nothing */

/* x->asker of a token that says it is theirs; *meant false: it does not. TOKEN_INVALID, ISSUER_DOWN. */
fallible supabase_take(struct ctx *cx, struct exchange *x, const char *token, bool *meant);
