#include "data/password_rules.h"

#include <string.h>

#define LEFT_LEAST  4               /* characters that must be left */
#define WALK_LEAST  3               /* steps along a row that are no accident */
#define OWN_LEAST   5               /* bytes of a name; shorter ones stand in too many words */
#define BLOCK_MOST  4               /* a piece so short, over and over, is no password */
#define DIGITS_MOST 15              /* dates, telephone numbers, codes */

/* Both ways; AZERTY and QWERTY. */
static const char *const rows[] = { "abcdefghijklmnopqrstuvwxyz", "01234567890", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm",
                                    "qwertzuiop", "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6y" };

static const char *const words[] = { "password", "passwort", "motdepasse", "passe", "secret", "admin", "administrateur", "administrator", "root", "welcome",
                                     "bienvenue", "bonjour", "letmein", "iloveyou", "jetaime", "soleil", "doudou", "dragon", "monkey", "football", "princess",
                                     "princesse", "sunshine", "master", "default", "changeme", "changezmoi", "palabre", "iasted", "ndjobi", "robian", "foyergpt",
                                     "foyer", "saas", "saas-ia", "hellojade", "jade", "hopital" };

/* As people disguise letters. */
static char plain(char c)
{
    static const char from[] = "@$!|", to[] = "asil";
    const char *at = c ? strchr(from, c) : NULL;

    if (at)
        return to[at - from];
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static char letter(char c)
{
    static const char from[] = "013457", to[] = "oleast";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : c;
}

static char *folded(struct ctx *cx, const char *text, bool digits_too)
{
    char *to = arena_text(cx->arena, text, strlen(text));

    for (char *c = to; *c; c++)
        *c = digits_too ? letter(plain(*c)) : plain(*c);
    return to;
}

/* --- what is taken away is marked --- */

struct rest { char *text, *letters; size_t n; bool *gone; };

static void take(struct rest *r, size_t from, size_t n) { memset(r->gone + from, true, n); }

static void take_word(struct rest *r, const char *in, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = in; n && (at = strstr(at, word)); at++)
        take(r, (size_t)(at - in), n);
}

/* How many characters go along a row from one of its places. */
static size_t walk(const char *text, const char *row, ptrdiff_t at, int step)
{
    size_t n = 0;

    for (; at >= 0 && row[at] && text[n] == row[at]; at += step)
        n++;
    return n;
}

static void take_walks(struct rest *r, const char *row)
{
    for (size_t i = 0; i < r->n; i++)
        for (const char *at = strchr(row, r->text[i]); at; at = strchr(at + 1, r->text[i])) {
            size_t on = walk(r->text + i, row, at - row, 1), back = walk(r->text + i, row, at - row, -1), n = on > back ? on : back;
            if (n >= WALK_LEAST)
                take(r, i, n);
        }
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void take_years_and_runs(struct rest *r)
{
    for (size_t i = 0; i + WALK_LEAST <= r->n; i++) {
        const char *at = r->text + i;
        if (at[0] == at[1] && at[1] == at[2])
            take(r, i, 3);
        if ((!strncmp(at, "19", 2) || !strncmp(at, "20", 2)) && is_digit(at[2]) && is_digit(at[3]))
            take(r, i, 4);
    }
}

/* --- the whole --- */

static bool is_block_again(const char *text, size_t n)
{
    for (size_t block = 1; block <= BLOCK_MOST && block * 2 <= n; block++) {
        size_t i = block;
        while (i < n && text[i] == text[i - block])
            i++;
        if (i == n)
            return true;
    }
    return false;
}

static size_t left_of(struct ctx *cx, struct rest r, const char *const own[PASSWORD_OWN_MOST])
{
    size_t left = 0;

    for (size_t i = 0; i < COUNT(rows); i++)
        take_walks(&r, rows[i]);
    take_years_and_runs(&r);
    for (size_t i = 0; i < COUNT(words); i++)
        take_word(&r, r.letters, words[i]);
    for (size_t i = 0; i < PASSWORD_OWN_MOST; i++)
        if (own[i] && strlen(own[i]) >= OWN_LEAST) {
            take_word(&r, r.text, folded(cx, own[i], false));
            take_word(&r, r.letters, folded(cx, own[i], true));
        }
    for (size_t i = 0; i < r.n; i++)
        left += !r.gone[i];
    return left;
}

bool password_is_weak(struct ctx *cx, const char *password, const char *const own[PASSWORD_OWN_MOST])
{
    size_t n = strlen(password);
    struct rest r = { folded(cx, password, false), folded(cx, password, true), n, arena_get(cx->arena, n + 1) };
    bool weak = is_block_again(r.text, n) || (n <= DIGITS_MOST && strspn(password, "0123456789 .-/") == n) || left_of(cx, r, own) < LEFT_LEAST;

    explicit_bzero(r.text, n);
    explicit_bzero(r.letters, n);
    return weak;
}

err_t password_rules_check(struct ctx *cx, const char *password, int64_t least, const struct password_owner *owner)
{
    const char *own[PASSWORD_OWN_MOST] = { owner->email ? arena_text(cx->arena, owner->email, strcspn(owner->email, "@")) : NULL, owner->name,
                                           owner->first_name, owner->last_name, owner->username, owner->trigramme };

    if ((int64_t)strlen(password) < least)
        return fail(cx, PASSWORD_SHORT, "a password has at least %lld bytes", (long long)least);
    return password_is_weak(cx, password, own) ? fail(cx, PASSWORD_WEAK, "this password is too easy to guess") : OK;
}
