/* Mailed links: where they lead, whom they are for, what is kept of them (PG_URL). A conversation with a server is tested where mail is sent. */
#define _GNU_SOURCE
#include "config.h"
#include "handler.h"
#include "mail_links.h"
#include "mail_words.h"
#include "app/jobs.h"
#include "data/uuid.h"
#include "net/pg.h"
#include "net/test_script.h"

#include <unistd.h>

TEST(each_product_has_its_pages_and_the_rest_those_of_all)
{
    const char *list = "saas-ia=https://saas.example.org/, https://app.example.org/ui,foyergpt=http://chat.internal:8060";

    CHECK_TEXT(mail_link_base(cx, list, "saas-ia"), "https://saas.example.org");
    CHECK_TEXT(mail_link_base(cx, list, "foyergpt"), "http://chat.internal:8060");
    CHECK_TEXT(mail_link_base(cx, list, "any"), "https://app.example.org/ui");
    CHECK_TEXT(mail_link_base(cx, list, NULL), "https://app.example.org/ui");
    CHECK(!mail_link_base(cx, "saas-ia=https://saas.example.org", "iasted") && !mail_link_base(cx, NULL, "iasted"));
}

TEST(pages_are_plain_web_addresses)
{
    static const char *const good[] = { "", "https://a.example", "http://localhost:3002", "saas-ia=https://a.example/x,https://[::1]:8000/" };
    static const char *const bad[] = { "a.example", "https://", "ftp://a", "https://a?x=1", "https://a#b", "saas-ia=", "https://a\nb", "https://u@a", "https:///x", "javascript:alert(1)" };

    for (size_t i = 0; i < COUNT(good); i++)
        if (format_mail_links.check(good[i], strlen(good[i])))
            SAY("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!format_mail_links.check(bad[i], strlen(bad[i])))
            SAY("%s is taken", bad[i]);
}

TEST(every_purpose_has_words_in_both_languages)
{
    static const char *const purposes[] = { "reset", "verify", "changed" };

    CHECK(!mail_words_of("else") && !mail_words_of(NULL));
    for (size_t i = 0; i < COUNT(purposes); i++)
        for (int english = 0; english < 2; english++) {
            const struct mail_words *w = mail_words_of(purposes[i]);
            CHECK(mail_words(cx, w->in[english].subject, strlen(w->in[english].subject)));
            CHECK(*w->in[english].before && *w->in[english].after && (w->path ? text_starts(w->path, "/") && w->good_s >= 3600 : !w->good_s));
        }
}

/* --- whom they are for --- */

struct kept { const char *text; };
extern const struct shape kept_shape;
SHAPE(kept, "A text of the database.", FIELD(kept, text, "It."));

#define SQL_TEST(name_, n_, text_) static const struct sql sql_m_##name_ = { "m_" #name_, text_, NULL, n_ }
SQL_TEST(user, 1, "INSERT INTO users (id, email, password_hash) VALUES ($1::uuid, $1::text || '@example.org', 'x')");
SQL_TEST(odd, 1, "UPDATE users SET email = E'a@b.c\\r\\nBcc: x@y.z' || substr($1::text, 1, 8) WHERE id = $1::uuid");
SQL_TEST(disable, 1, "UPDATE users SET enabled = false WHERE id = $1::uuid");
SQL_TEST(directory, 1, "UPDATE users SET directory_dn = 'uid=x' WHERE id = $1::uuid");
SQL_TEST(without, 1, "UPDATE users SET password_hash = NULL WHERE id = $1::uuid");
SQL_TEST(verified, 1, "UPDATE users SET email_verified_at = clock_timestamp() WHERE id = $1::uuid");
SQL_TEST(changed, 1, "UPDATE users SET password_changed_at = clock_timestamp() WHERE id = $1::uuid");
SQL_TEST(moved, 1, "UPDATE users SET email = 'new-' || email WHERE id = $1::uuid");
SQL_TEST(drop, 1, "DELETE FROM users WHERE id = $1::uuid");
SQL_TEST(flag, 1, "SELECT email_verified::text AS text FROM accounts WHERE id = $1::uuid");
SQL_TEST(tokens, 1, "SELECT coalesce(string_agg(purpose || ' ' || length(hash) || ' ' || round(extract(epoch FROM expires_at - clock_timestamp()) / 60) || 'm', ', ' ORDER BY purpose), '') AS text "
                    "FROM account_tokens WHERE user_id = $1::uuid");
SQL_TEST(hash, 1, "SELECT min(hash) AS text FROM account_tokens WHERE user_id = $1::uuid AND purpose = 'reset'");

static const char *ask(struct ctx *cx, const struct sql *q, const char *id)
{
    struct kept kept = { .text = NULL };
    bool found;

    CHECK_OK(pg_find(cx, q, ARGS(id), &kept_shape, &kept, &found));
    return kept.text;
}

static void do_sql(struct ctx *cx, const struct sql *q, const char *id) { CHECK_OK(pg_do(cx, q, ARGS(id))); }

/* An account, and a mailer whose server is not there. */
static const char *account(struct ctx *cx)
{
    const char *id = uuid_make(cx);
    int port, fd = listen_somewhere(1, &port);

    if (!cx->pg)
        skip("no PG_URL");
    close(fd);
    notify_settings.mail.url = arena_fmt(cx->arena, "smtp://127.0.0.1:%d", port);
    notify_settings.mail.from = "no-reply@example.org";
    notify_settings.mail_links = "https://app.example.org";
    do_sql(cx, &sql_m_user, id);
    return id;
}

static err_t mail(struct ctx *cx, const char *user, const char *purpose, int attempt, struct mailed *out)
{
    struct notify_mail in = { user, purpose, "saas-ia", false };
    struct job job = { .id = uuid_make(cx), .attempt = attempt };

    *out = (struct mailed){ .state = NULL };
    cx->job = &job;
    err_t e = notify_mail.run(cx, &in, out);
    cx->job = NULL;
    return e;
}

TEST(a_token_is_kept_as_its_hash_for_its_time_and_takes_the_place_of_the_one_before)
{
    const char *id = account(cx), *first;
    struct mailed out;

    CHECK_FAILS(mail(cx, id, "reset", 1, &out), MAIL_LATER);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "reset 64 60m");
    first = ask(cx, &sql_m_hash, id);
    CHECK_FAILS(mail(cx, id, "reset", 1, &out), MAIL_LATER);
    CHECK_FAILS(mail(cx, id, "verify", 1, &out), MAIL_LATER);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "reset 64 60m, verify 64 1440m");
    CHECK(!text_is(ask(cx, &sql_m_hash, id), first));
}

TEST(attempts_follow_the_schedule)
{
    static const int64_t waits_s[] = { 20, 120, 600, 1200, 1200, 1200 };
    const char *id = account(cx);
    struct mailed out;

    for (int i = 0; i < (int)COUNT(waits_s); i++) {
        err_t e = mail(cx, id, "reset", i + 1, &out);
        CHECK(e && e->code == E_MAIL_LATER && e->retry_in_ms >= waits_s[i] * 1000 && e->retry_in_ms <= waits_s[i] * 1100);
    }
}

TEST(who_has_no_password_of_ours_is_mailed_no_link_to_reset_it)
{
    static const struct sql *const ways[] = { &sql_m_disable, &sql_m_directory, &sql_m_without, &sql_m_drop };
    struct mailed out;

    for (size_t i = 0; i < COUNT(ways); i++) {
        const char *id = account(cx);
        do_sql(cx, ways[i], id);
        CHECK_OK(mail(cx, id, "reset", 1, &out));
        CHECK_TEXT(out.state, "nobody");
        CHECK_TEXT(ask(cx, &sql_m_tokens, id), "");
    }
}

TEST(who_is_told_of_a_change_gets_no_link_and_nothing_is_kept)
{
    static const struct sql *const ways[] = { &sql_m_disable, &sql_m_drop };
    const char *id = account(cx);
    struct mailed out;

    notify_settings.mail_links = NULL;          /* none leads anywhere */
    CHECK_FAILS(mail(cx, id, "changed", 1, &out), MAIL_LATER);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "");
    for (size_t i = 0; i < COUNT(ways); i++) {
        do_sql(cx, ways[i], id);
        CHECK_OK(mail(cx, id, "changed", 1, &out));
        CHECK_TEXT(out.state, "nobody");
    }
}

TEST(an_address_is_verified_once_and_another_one_is_not)
{
    const char *id = account(cx);
    struct mailed out;

    CHECK_TEXT(ask(cx, &sql_m_flag, id), "false");
    do_sql(cx, &sql_m_verified, id);
    CHECK_TEXT(ask(cx, &sql_m_flag, id), "true");
    CHECK_OK(mail(cx, id, "verify", 1, &out));
    CHECK_TEXT(out.state, "nobody");
    do_sql(cx, &sql_m_moved, id);
    CHECK_TEXT(ask(cx, &sql_m_flag, id), "false");
    CHECK_FAILS(mail(cx, id, "verify", 1, &out), MAIL_LATER);
    do_sql(cx, &sql_m_directory, id);
    CHECK_TEXT(ask(cx, &sql_m_flag, id), "true");
}

TEST(a_link_ends_with_the_password_and_all_of_them_with_their_person)
{
    const char *id = account(cx);
    struct mailed out;

    CHECK_FAILS(mail(cx, id, "reset", 1, &out), MAIL_LATER);
    CHECK_FAILS(mail(cx, id, "verify", 1, &out), MAIL_LATER);
    do_sql(cx, &sql_m_changed, id);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "verify 64 1440m");
    do_sql(cx, &sql_m_drop, id);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "");
}

TEST(an_address_with_lines_of_its_own_is_not_mailed_to)
{
    const char *id = account(cx);
    struct mailed out;

    do_sql(cx, &sql_m_odd, id);
    CHECK_FAILS(mail(cx, id, "reset", 1, &out), INPUT_INVALID);
}

TEST(without_a_server_nothing_is_kept)
{
    const char *id = account(cx);
    struct mailed out;

    notify_settings.mail_links = "foyergpt=https://chat.example.org";
    CHECK_FAILS(mail(cx, id, "reset", 1, &out), CONFIG_INVALID);
    notify_settings.mail.url = NULL;
    CHECK_FAILS(mail(cx, id, "reset", 1, &out), MAIL_OFF);
    CHECK_TEXT(ask(cx, &sql_m_tokens, id), "");
}
