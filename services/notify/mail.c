/* notify.mail: what somebody is told, or a link for them, with a token that is made here and of which the hash alone is kept. Each attempt makes
 * another, which takes the place of the one before: a mail that was taken although we did not hear so leads nowhere once the next one is sent. */
#include "config.h"
#include "handler.h"
#include "mail_links.h"
#include "mail_words.h"
#include "schedule.h"
#include "turns.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "data/crypto.h"
#include "net/pg.h"
#include "sql.h"

#include <string.h>

#define TOKEN_BYTES 32

struct addressee { const char *email; };
SHAPE(addressee, "Who is mailed.",
    FIELD(addressee, email, "The account's address."));

static const char *token_make(struct ctx *cx)
{
    uint8_t dice[TOKEN_BYTES];

    crypto_random(dice, sizeof(dice));
    return text_base64url(cx->arena, dice, sizeof(dice));
}

static fallible link_to(struct ctx *cx, const struct notify_mail *in, const struct mail_words *words, const char *token, const char **out)
{
    const char *base = mail_link_base(cx, notify_settings.mail_links, in->product);

    if (!base)
        return fail(cx, CONFIG_INVALID, "MAIL_LINKS has no address for %s", in->product ? in->product : "this");
    *out = arena_fmt(cx->arena, "%s%s%s", base, words->path, token);
    return OK;
}

static fallible write(struct ctx *cx, const struct notify_mail *in, const struct mail_words *words, const char *token, struct mail *out)
{
    struct text body = text_new(cx->arena, 1024, 8192);
    const char *link = "";

    if (words->path)
        TRY(link_to(cx, in, words, token, &link));
    text_fmt(&body, "%s%s%s", words->in[in->english].before, link, words->in[in->english].after);
    *out = (struct mail){ .subject = words->in[in->english].subject, .body = body.at, .language = in->english ? "en" : "fr",
                          .id = arena_fmt(cx->arena, "%s.%d", cx->job->id, cx->job->attempt) };
    return OK;
}

/* Nobody: an account that is gone or closed, or of which such a thing is not so. */
static fallible addressee_find(struct ctx *cx, const struct notify_mail *in, const struct mail_words *words, const char *token, struct addressee *to, bool *found)
{
    if (!words->path)
        return pg_find(cx, SQL(account_address), ARGS(in->user), &addressee_shape, to, found);
    return pg_find(cx, SQL(account_token_put), ARGS(crypto_sha256_hex(cx, token, strlen(token)), in->user, in->purpose, words->good_s), &addressee_shape, to, found);
}

static fallible attempt(struct ctx *cx, const struct notify_mail *in, const struct mail_words *words, struct mailed *out)
{
    const char *token = token_make(cx);
    struct addressee to = { 0 };
    struct mail mail;
    bool found;

    TRY(write(cx, in, words, token, &mail));
    TRY(addressee_find(cx, in, words, token, &to, &found));
    out->state = found ? "sent" : "nobody";
    mail.to = to.email;
    return found ? mail_send(cx, &notify_settings.mail, &mail) : OK;
}

/* Attempts beyond the schedule's end wait as long as its last. */
static err_t later(struct ctx *cx, err_t e)
{
    for (int n = cx->job->attempt; n > 0 && e && e->code == E_MAIL_LATER; n--)
        if (schedule_next(notify_settings.mail_schedule, n, 0, &e->retry_in_ms))
            break;
    return e;
}

/* Few at once: one server takes them all, and while it does not answer others have work to do here. Again by the schedule: MAIL_LATER. Final:
 * MAIL_REFUSED, MAIL_OFF, CONFIG_INVALID; INPUT_INVALID: an address that cannot be mailed to. */
HANDLER(notify_mail, notify_mail, mailed)
{
    const struct mail_words *words = mail_words_of(in->purpose);
    int64_t from_ms = clock_ms();

    if (!cx->job || !words)
        return fail(cx, BUG, "a mail outside a job, or of no purpose");
    TRY(mail_check(cx, &notify_settings.mail));
    TRY(turn_take(cx, "mail", false));
    err_t e = attempt(cx, in, words, out);
    turn_give("mail", false, clock_ms() - from_ms);
    return later(cx, e);
}
