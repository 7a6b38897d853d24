/* What a person sees who logs in to a program: one form, no script, French or English, usable with a keyboard and a
 * screen reader. It may be framed by nobody, and leads nowhere but to us and to the program. */
#include "identity/oauth.h"

#include <string.h>

#define PAGE_BYTES 65536

static const char style[] =
    "<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center}"
    "main{width:min(22rem,90vw)}label{display:block;margin:1rem 0 .25rem}input,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;"
    "border:1px solid;border-radius:.3rem}button{margin-top:1.5rem;background:#1a4f8b;color:#fff;border-color:#1a4f8b;cursor:pointer}"
    ":focus-visible{outline:3px solid #f90;outline-offset:2px}[role=alert]{border-left:4px solid #b00020;padding:.5rem .8rem}</style>";

bool is_browser(const struct exchange *x)
{
    const char *accept = exchange_read_header(x, "Accept");

    return accept && strstr(accept, "text/html");
}

void text_html(struct text *to, const char *from)
{
    for (; *from; from++) {
        const char *as = *from == '<' ? "&lt;" : *from == '>' ? "&gt;" : *from == '&' ? "&amp;" : *from == '"' ? "&quot;" : *from == '\'' ? "&#39;" : NULL;
        if (as)
            text_put(to, as);
        else
            text_char(to, *from);
    }
}

/* The scheme and host of where the answer goes: browsers hold the redirect after a form against form-action. */
static const char *origin_of(struct ctx *cx, const char *uri)
{
    const char *host = strstr(uri, "://");

    if (!host)
        return arena_text(cx->arena, uri, strcspn(uri, ":") + 1);
    return arena_text(cx->arena, uri, (size_t)(host - uri) + 3 + strcspn(host + 3, "/?"));
}

static err_t send_page(struct ctx *cx, struct exchange *x, int status, const char *form_to, const struct text *html)
{
    exchange_header_instead(x, "Content-Security-Policy", arena_fmt(cx->arena, "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                    "frame-ancestors 'none'; form-action 'self'%s%s", form_to ? " " : "", form_to ? form_to : ""));
    exchange_header_instead(x, "Referrer-Policy", "no-referrer");
    exchange_text(cx, x, status, "text/html; charset=utf-8", (struct bytes){ html->at, html->n });
    return OK;
}

static void put_head(struct text *html, const struct exchange *x, const char *title)
{
    text_fmt(html, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
             "initial-scale=1\"><title>%s</title>%s</head><body><main><h1>%s</h1>", x->english ? "en" : "fr", title, style, title);
}

static void put_alert(struct text *html, const char *alert)
{
    text_put(html, "<p role=\"alert\">");
    text_html(html, alert);
    text_put(html, "</p>");
}

/* What the program asked for goes with the form. */
static void put_request(struct text *html, const struct authorize_in *in)
{
    const struct { const char *name, *value; } fields[] = {
        { "client_id", in->client_id }, { "redirect_uri", in->redirect_uri }, { "response_type", in->response_type }, { "scope", in->scope },
        { "state", in->state }, { "code_challenge", in->code_challenge }, { "code_challenge_method", in->code_challenge_method },
    };

    for (size_t i = 0; i < COUNT(fields); i++) {
        if (!fields[i].value)
            continue;
        text_fmt(html, "<input type=\"hidden\" name=\"%s\" value=\"", fields[i].name);
        text_html(html, fields[i].value);
        text_put(html, "\">");
    }
}

static void put_field(struct text *html, const char *name, const char *label, const char *type, const char *complete, const char *value)
{
    text_fmt(html, "<label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" type=\"%s\" autocomplete=\"%s\" required value=\"", name, label, name,
             name, type, complete);
    text_html(html, value ? value : "");
    text_put(html, "\">");
}

err_t page_login(struct ctx *cx, struct exchange *x, int status, const struct authorize_in *in, const struct oauth_client *c, const char *alert)
{
    struct text html = text_new(cx->arena, 8192, PAGE_BYTES);

    put_head(&html, x, in_words(cx, "Connexion", "Log in"));
    text_put(&html, in_words(cx, "<p>Pour continuer vers <strong>", "<p>To continue to <strong>"));
    text_html(&html, c->name);
    text_put(&html, "</strong></p>");
    if (alert)
        put_alert(&html, alert);
    text_put(&html, "<form method=\"post\" action=\"" ENDPOINTS "/authorize\">");
    put_request(&html, in);
    put_field(&html, "username", in_words(cx, "Adresse e-mail, trigramme ou identifiant", "E-mail address, trigramme or name"), "text", "username", in->username);
    put_field(&html, "password", in_words(cx, "Mot de passe", "Password"), "password", "current-password", NULL);
    text_fmt(&html, "<button type=\"submit\">%s</button></form></main></body></html>\n", in_words(cx, "Se connecter", "Log in"));
    return send_page(cx, x, status, origin_of(cx, in->redirect_uri), &html);
}

err_t page_flaw(struct ctx *cx, struct exchange *x, int status, const char *alert)
{
    struct text html = text_new(cx->arena, 4096, PAGE_BYTES);

    put_head(&html, x, in_words(cx, "Connexion impossible", "Cannot log in"));
    put_alert(&html, alert);
    text_put(&html, "</main></body></html>\n");
    return send_page(cx, x, status, NULL, &html);
}
