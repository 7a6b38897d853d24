/* Mail, and a server that plays: it answers each command as usual, but for those that the test has other words for. */
#define _GNU_SOURCE
#include "net/mail.h"
#include "net/test_script.h"
#include "base/clock.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORDS_MOST 8
#define CUT        ""               /* the connection ends instead of an answer */
#define SILENCE    "-"

struct word { const char *command, *says; };
struct post {
    int fd, port;
    struct word words[WORDS_MOST];
    pthread_t thread;
    bool over;                      /* touched atomically */
    size_t n;                       /* the client's words, as they came; read when the thread has ended */
    char seen[65536];
};

static const struct word usual[] = {
    { "", "220 post.test" }, { "EHLO", "250-post.test\r\n250-AUTH PLAIN\r\n250 8BITMIME" }, { "AUTH", "235 ok" }, { "MAIL", "250 ok" },
    { "RCPT", "250 ok" }, { "DATA", "354 go on" }, { ".", "250 taken" }, { "QUIT", "221 bye" },
};

static const char *answer_to(const struct post *p, const char *command, size_t n)
{
    for (size_t i = 0; i < WORDS_MOST && p->words[i].says; i++)
        if (strlen(p->words[i].command) == n && !strncasecmp(p->words[i].command, command, n))
            return p->words[i].says;
    for (size_t i = 0; i < COUNT(usual); i++)
        if (strlen(usual[i].command) == n && !strncasecmp(usual[i].command, command, n))
            return usual[i].says;
    return "500 what";
}

/* False: the connection is over. */
static bool say(struct post *p, int fd, const char *command, size_t n)
{
    const char *says = answer_to(p, command, n);

    if (!strcmp(says, SILENCE))
        return true;
    if (*says)
        dprintf(fd, "%s\r\n", says);
    return *says && strncmp(says, "421", 3);
}

static bool wait_readable(struct post *p, int fd)
{
    struct pollfd one = { fd, POLLIN, 0 };

    while (!__atomic_load_n(&p->over, __ATOMIC_RELAXED))
        if (poll(&one, 1, 20) > 0)
            return true;
    return false;
}

/* The next piece that ends with `end`; NULL: the client is gone. */
static char *take(struct post *p, int fd, const char *end)
{
    char *start = p->seen + p->n, c;
    size_t n = strlen(end);

    while ((size_t)(p->seen + p->n - start) < n || memcmp(p->seen + p->n - n, end, n)) {
        if (p->n == sizeof(p->seen) - 1 || !wait_readable(p, fd) || read(fd, &c, 1) != 1)
            return NULL;
        p->seen[p->n++] = c;
    }
    return start;
}

static void converse(struct post *p, int fd)
{
    char *line;

    if (!say(p, fd, "", 0))
        return;
    while ((line = take(p, fd, "\r\n"))) {
        size_t n = strcspn(line, " :\r");
        if (!say(p, fd, line, n))
            return;
        if (!strncmp(line, "DATA", 4) && answer_to(p, "DATA", 4)[0] == '3' && (!take(p, fd, "\r\n.\r\n") || !say(p, fd, ".", 1)))
            return;
    }
}

static void *serve(void *with)
{
    struct post *p = with;

    while (wait_readable(p, p->fd)) {
        int fd = accept(p->fd, NULL, NULL);
        converse(p, fd);
        close(fd);
    }
    return NULL;
}

static void post_stop(void *with)
{
    struct post *p = with;

    if (__atomic_exchange_n(&p->over, true, __ATOMIC_RELAXED))
        return;
    pthread_join(p->thread, NULL);
    close(p->fd);
}

static struct post *post_start(struct ctx *cx, const struct word *words)
{
    struct post *p = NEW(cx, struct post);

    for (size_t i = 0; words && words[i].says; i++)
        p->words[i] = words[i];
    p->fd = listen_somewhere(4, &p->port);
    pthread_create(&p->thread, NULL, serve, p);
    return arena_own(cx->arena, p, post_stop);
}
#define POST(...)  post_start(cx, (const struct word[]){ __VA_ARGS__ { NULL, NULL } })

static const char *seen_by(struct post *p)
{
    post_stop(p);
    return p->seen;
}

static struct mail_settings to_post(struct ctx *cx, const struct post *p)
{
    struct mail_settings s = MAIL_DEFAULTS;

    s.url = arena_fmt(cx->arena, "smtp://127.0.0.1:%d", p->port);
    s.from = "Palabre <no-reply@example.org>";
    return s;
}

static const struct mail a_mail = { .to = "awa@example.org", .subject = "Bonjour", .body = "Un été.\n.\n..deux\n", .language = "fr", .id = "0193.1" };

/* --- what is sent --- */

TEST(a_mail_is_one_conversation)
{
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);

    NEED_OK(mail_send(cx, &s, &a_mail));
    const char *seen = seen_by(p);
    CHECK(text_starts(seen, "EHLO example.org\r\nMAIL FROM:<no-reply@example.org>"));
    CHECK_HAS(seen, "\r\nRCPT TO:<awa@example.org>\r\nDATA\r\n");
    CHECK_HAS(seen, "\r\nFrom: Palabre <no-reply@example.org>\r\nTo: <awa@example.org>\r\nSubject: Bonjour\r\nMessage-ID: <0193.1@example.org>\r\n"
                    "Auto-Submitted: auto-generated\r\nContent-Language: fr\r\n");
    CHECK_HAS(seen, " +0000\r\n");
    CHECK_HAS(seen, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nUn =C3=A9t=C3=A9.\r\n..\r\n...deux\r\n");
    CHECK(!strstr(seen, "AUTH"));
    for (const char *c = seen; *c; c++)
        if ((unsigned char)*c > 0x7e || (*c == '\n' && (c == seen || c[-1] != '\r')))
            SAY("the byte %d at %zu", *c, (size_t)(c - seen));
}

TEST(a_name_logs_in_when_there_is_one)
{
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);

    s.user = "palabre", s.password = "s3cret";
    NEED_OK(mail_send(cx, &s, &a_mail));
    CHECK_HAS(seen_by(p), "\r\nAUTH PLAIN AHBhbGFicmUAczNjcmV0\r\nMAIL FROM:");
}

static const char *unfolded(struct ctx *cx, const char *words)
{
    struct text out = text_new(cx->arena, 256, 4096);
    size_t n;

    for (const char *at = words, *end; (at = strstr(at, "=?UTF-8?B?")) && (end = strstr(at + 10, "?=")); at = end + 2) {
        const char *piece = text_unbase64(cx->arena, at + 10, (size_t)(end - at) - 10, &n);
        if (piece)
            text_add(&out, piece, n);
    }
    return out.n ? out.at : "";
}

TEST(a_long_subject_is_folded_and_comes_back_whole)
{
    const char *subject = "Réinitialisation de votre mot de passe – œuvre, naïveté, 日本語のテスト, et encore quelques mots pour que la ligne soit longue 🙂";
    struct mail m = a_mail;
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);

    m.subject = subject;
    NEED_OK(mail_send(cx, &s, &m));
    const char *at = strstr(seen_by(p), "\r\nSubject: ");
    CHECK(at != NULL);
    const char *end = strstr(at, "\r\nMessage-ID: ");
    CHECK_TEXT(unfolded(cx, arena_text(cx->arena, at, (size_t)(end - at))), subject);
    for (at += 2; at < end; at += strcspn(at, "\r") + 2)
        CHECK(strcspn(at, "\r") <= 76);
}

TEST(plain_words_stay_and_others_are_encoded)
{
    CHECK_TEXT(mail_words(cx, "Reset", 5), "Reset");
    CHECK_TEXT(mail_words(cx, "é", 2), "=?UTF-8?B?w6k=?=");
    CHECK_TEXT(mail_words(cx, "=?x?=", 5), "=?UTF-8?B?PT94Pz0=?=");
    CHECK(!mail_words(cx, "a\r\nBcc: b@c.d", 13) && !mail_words(cx, "a\nb", 3) && !mail_words(cx, "a\tb", 3) && !mail_words(cx, "\xff", 1));
}

/* --- addresses --- */

TEST(addresses_that_can_be_mailed_to_are_taken)
{
    static const char *const good[] = { "a@b.c", "awa.diop+x@mail.example.org", "o'neil@example.org", "é@bücher.example", "a@localhost", "x_y-z@1.example" };
    static const char *const bad[] = {
        "", "a", "@b.c", "a@", "a@b.c\r\nRCPT TO:<x@y.z>", "a@b.c\n", "a b@c.d", "a@b c.d", "<a@b.c>", "a@b.c>", "a@b.c> SIZE=1", "a@b@c.d", "a..b@c.d", ".a@b.c", "a.@b.c",
        "a@b..c", "a@.b", "a@b.", "\"a b\"@c.d", "a@[127.0.0.1]", "a,b@c.d", "a@b.c,d@e.f", "a@b.c;", "a(x)@b.c", "a\x7f@b.c", "\xff@b.c", "a@b.c%0d%0a", "a\\@b.c",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.c",
    };

    for (size_t i = 0; i < COUNT(good); i++)
        if (mail_address_flaw(good[i], strlen(good[i])))
            SAY("%s is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!mail_address_flaw(bad[i], strlen(bad[i])))
            SAY("%s is taken", bad[i]);
}

TEST(no_address_and_no_subject_adds_a_line)
{
    static const char *const bad[] = { "a@b.c\r\nBcc: x@y.z", "a@b.c>\r\nRCPT TO:<x@y.z", "a@b.c\r\n.\r\nMAIL FROM:<x@y.z>" };
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);
    struct mail m = a_mail;

    for (size_t i = 0; i < COUNT(bad); i++) {
        m.to = bad[i];
        CHECK_FAILS(mail_send(cx, &s, &m), INPUT_INVALID);
        CHECK(format_mailbox.check(bad[i], strlen(bad[i])) != NULL);
    }
    m = a_mail, m.subject = "a\r\nBcc: x@y.z";
    CHECK_FAILS(mail_send(cx, &s, &m), BUG);
    m = a_mail, m.id = "a>\r\nBcc";
    CHECK_FAILS(mail_send(cx, &s, &m), BUG);
    CHECK_TEXT(seen_by(p), "");
}

TEST(a_body_ends_where_it_ends)
{
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);
    struct mail m = a_mail;

    m.body = "a\r\n.\r\nMAIL FROM:<x@y.z>\r\nRCPT TO:<v@w.x>\r\nDATA\r\n";
    NEED_OK(mail_send(cx, &s, &m));
    const char *seen = seen_by(p);
    CHECK_HAS(seen, "\r\na\r\n..\r\nMAIL FROM:<x@y.z>\r\n");
}

TEST(the_sender_has_a_name_that_is_encoded)
{
    struct mailbox box;
    struct mail_wire w;
    struct mail_settings s = MAIL_DEFAULTS;

    CHECK(!mailbox_read("Doe, \"J\" <a@b.c>", 16, &box));
    CHECK_INT(box.name.n, 8);
    s.from = "Doe, \"J\" <a@b.c>";
    NEED_OK(mail_write(cx, &s, &a_mail, &w));
    CHECK_TEXT(w.headers[1], "From: =?UTF-8?B?RG9lLCAiSiI=?= <a@b.c>");
    s.from = "a@b.c";
    NEED_OK(mail_write(cx, &s, &a_mail, &w));
    CHECK_TEXT(w.headers[1], "From: <a@b.c>");
}

/* --- what the server says --- */

TEST(the_servers_word_decides_whether_it_is_tried_again)
{
    static const struct { struct word word; enum err_code code; const char *says; } cases[] = {
        { { "", "421 busy" }, E_MAIL_LATER, "421" },         { { "", "554 no" }, E_MAIL_REFUSED, "554" },     { { "", "nonsense" }, E_MAIL_LATER, "" },
        { { "", CUT }, E_MAIL_LATER, "" },                   { { "MAIL", "451 no" }, E_MAIL_LATER, "451" },   { { "MAIL", "530 log in" }, E_MAIL_REFUSED, "530" },
        { { "RCPT", "450 greylisted" }, E_MAIL_LATER, "450" }, { { "RCPT", "550 nobody" }, E_MAIL_REFUSED, "550" }, { { "RCPT", CUT }, E_MAIL_LATER, "" },
        { { "DATA", "452 full" }, E_MAIL_LATER, "452" },     { { "DATA", CUT }, E_MAIL_LATER, "" },           { { ".", "451 later" }, E_MAIL_LATER, "451" },
        { { ".", "552 too big" }, E_MAIL_REFUSED, "552" },   { { ".", CUT }, E_MAIL_LATER, "" },              { { "QUIT", CUT }, ERR_CODES, "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct post *p = POST(cases[i].word, );
        struct mail_settings s = to_post(cx, p);
        s.timeout_ms = 3000;
        err_t e = mail_send(cx, &s, &a_mail);
        if ((e ? e->code : ERR_CODES) != cases[i].code || (e && !strstr(e->text, cases[i].says)))
            SAY("%s %s: %s", cases[i].word.command, cases[i].word.says, e ? e->text : "taken");
        if (e && strstr(e->text, "awa"))
            SAY("%s tells the address", e->text);
    }
}

TEST(a_wrong_password_is_not_tried_again)
{
    struct post *p = POST({ "AUTH", "535 no" }, );
    struct mail_settings s = to_post(cx, p);

    s.user = "palabre", s.password = "wrong";
    CHECK_FAILS(mail_send(cx, &s, &a_mail), MAIL_REFUSED);
    CHECK(!strstr(seen_by(p), "MAIL"));
}

TEST(where_tls_is_required_nothing_is_said_in_clear)
{
    struct post *p = POST();
    struct mail_settings s = to_post(cx, p);

    s.tls = "required", s.user = "palabre", s.password = "s3cret";
    CHECK_FAILS(mail_send(cx, &s, &a_mail), MAIL_LATER);
    const char *seen = seen_by(p);
    CHECK(!strstr(seen, "AUTH") && !strstr(seen, "MAIL") && !strstr(seen, "awa"));
}

TEST(tls_is_required_but_for_this_machine)
{
    static const struct { const char *url, *tls; bool fine; } cases[] = {
        { "smtp://127.0.0.1:25", "auto", true }, { "smtp://localhost", "auto", true }, { "smtp://[::1]:25", "off", true }, { "smtp://mx.example.org:587", "auto", true },
        { "smtp://mx.example.org", "off", false }, { "smtp://127.0.0.1.example.org", "off", false }, { "smtps://mx.example.org", "off", true },
    };
    struct mail_settings s = MAIL_DEFAULTS;

    s.from = "a@b.c", s.user = "u", s.password = "p";
    for (size_t i = 0; i < COUNT(cases); i++) {
        s.url = cases[i].url, s.tls = cases[i].tls;
        err_t e = mail_check(cx, &s);
        if (!e != cases[i].fine || (e && e->code != E_CONFIG_INVALID))
            SAY("%s %s: %s", s.url, s.tls, e ? e->text : "fine");
    }
    s.from = NULL, s.tls = "auto";
    CHECK_FAILS(mail_check(cx, &s), CONFIG_INVALID);
    s.url = "";
    CHECK_FAILS(mail_check(cx, &s), MAIL_OFF);
}

TEST(addresses_of_servers_are_checked)
{
    static const char *const good[] = { "", "smtp://a", "smtp://a.example:25", "smtps://a.example:465/", "SMTP://[::1]:2525" };
    static const char *const bad[] = { "a.example", "http://a", "smtp://", "smtp://u:p@a", "smtp://a:", "smtp://a:123456", "smtp://a/path", "smtp://a b", "smtp://a?x", "smtp://[::1" };

    for (size_t i = 0; i < COUNT(good); i++)
        CHECK(!format_mail_url.check(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!format_mail_url.check(bad[i], strlen(bad[i])))
            SAY("%s is taken", bad[i]);
}

/* --- time --- */

TEST(a_server_that_says_nothing_is_left)
{
    struct post *p = POST({ "", SILENCE }, );
    struct mail_settings s = to_post(cx, p);
    int64_t from = clock_ms();

    s.timeout_ms = 300;
    CHECK_FAILS(mail_send(cx, &s, &a_mail), MAIL_LATER);
    CHECK_WITHIN(clock_ms() - from, 0, 3000);
}

TEST(work_that_is_stopped_stops)
{
    struct post *p = POST({ "RCPT", SILENCE }, );
    struct mail_settings s = to_post(cx, p);
    bool stop = true;
    int64_t from = clock_ms();

    cx->stop = &stop;
    CHECK_FAILS(mail_send(cx, &s, &a_mail), CANCELLED);
    CHECK_WITHIN(clock_ms() - from, 0, 5000);
    cx->stop = NULL;
}

TEST(nobody_there_is_tried_again)
{
    struct mail_settings s = MAIL_DEFAULTS;
    int port, fd = listen_somewhere(1, &port);

    close(fd);
    s.url = arena_fmt(cx->arena, "smtp://127.0.0.1:%d", port), s.from = "a@b.c";
    CHECK_FAILS(mail_send(cx, &s, &a_mail), MAIL_LATER);
}
