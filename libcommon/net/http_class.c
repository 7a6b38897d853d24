/* What an answer that is not 2xx means: its class, and in a few words what the other side said about it. */
#define _GNU_SOURCE
#include "data/json.h"
#include "net/http.h"

#include <string.h>

#define MESSAGE_BYTES 300

/* --- what the body says, whatever its shape --- */

/* OpenAI and those like it, Mistral, FastAPI, ElevenLabs, Deepgram, OAuth, Gemini's lists, RFC 9457. */
static const char *const message_paths[] = {
    "error/message", "detail/message", "message", "err_msg", "error_description", "0/error/message",
    "detail/0/msg", "error", "detail", "details", "title",
};
static const char *const code_paths[] = {
    "error/details/error_code", "error/code", "error/status", "error/type", "detail/code", "detail/status",
    "err_code", "category", "0/error/status", "code", "error_code", "type",
};

/* What cannot be helped by waiting: money or a plan is used up. */
static const char *const quota_codes[] = {
    "insufficient_quota", "quota_exceeded", "billing_hard_limit_reached", "billing_not_active", "billing_error",
    "enforced_spend_limit_reached", "contract_spend_limit_reached", "ASR_PAYMENT_REQUIRED",
};

static bool is_quota(const char *code)
{
    for (size_t i = 0; i < COUNT(quota_codes); i++)
        if (!strcmp(quota_codes[i], code))
            return true;
    return false;
}

static bool is_json(struct bytes body)
{
    size_t i = 0;

    while (i < body.n && strchr(" \t\r\n", body.at[i]) && body.at[i])
        i++;
    return i < body.n && (body.at[i] == '{' || body.at[i] == '[');
}

/* The first of the paths that holds something not beginning with one of `unlike`, or "". */
static const char *first_text(struct ctx *cx, const char *json, const char *const *paths, size_t n, const char *unlike)
{
    for (size_t i = 0; i < n; i++) {
        const char *found = json_text(cx, json, paths[i]);
        if (found && *found && !strchr(unlike, *found))
            return found;
    }
    return "";
}

/* A code that stands for spent quota wins over the first one found: it may be the only one that says so. */
static const char *code_of(struct ctx *cx, const struct http_answer *a)
{
    if (!is_json(a->body))
        return "";
    for (size_t i = 0; i < COUNT(code_paths); i++) {
        const char *found = json_text(cx, a->body.at, code_paths[i]);
        if (found && is_quota(found))
            return found;
    }
    return first_text(cx, a->body.at, code_paths, COUNT(code_paths), "{[-0123456789");
}

/* <Error><Message> of S3 and those like it. */
static const char *xml_message(struct ctx *cx, const char *body)
{
    const char *at = strstr(body, "<Message>"), *end = at ? strstr(at, "</Message>") : NULL;

    return end ? arena_text(cx->arena, at + 9, (size_t)(end - at) - 9) : "";
}

static const char *message_of(struct ctx *cx, const struct http_answer *a)
{
    if (!a->body.n)
        return "";
    if (is_json(a->body)) {
        const char *found = first_text(cx, a->body.at, message_paths, COUNT(message_paths), "{[");
        return *found ? found : a->body.at;
    }
    if (*a->body.at == '<')
        return xml_message(cx, a->body.at);
    return strstr(a->type, "html") ? "" : a->body.at;
}

/* One line of at most MESSAGE_BYTES that a log can take. */
static const char *tamed(struct ctx *cx, const char *message)
{
    size_t n = strnlen(message, MESSAGE_BYTES);
    char *out = arena_text(cx->arena, message, n);

    if (message[n])
        n = text_utf8_cut(out, n);
    out[n] = '\0';
    bool well_formed = text_is_utf8(out, n);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)out[i] < ' ' || out[i] == 0x7f || (!well_formed && (unsigned char)out[i] > 0x7f))
            out[i] = ' ';
    return out;
}

/* --- what it means --- */

static enum err_code code_for(const struct http_answer *a, const char *said)
{
    if (is_quota(said) || a->status == 402)
        return E_ENGINE_QUOTA;
    if (a->status == 401 || a->status == 403)
        return E_ENGINE_DISABLED;
    if (a->no_retry)
        return E_ENGINE_REFUSED;
    switch (a->status) {
    case 408: case 409: case 425: case 429: case 503: case 529:
        return E_ENGINE_BUSY;
    default:
        return a->status >= 500 ? E_ENGINE_DOWN : E_ENGINE_REFUSED;
    }
}

/* Google says it in the body: {"error":{"details":[{"retryDelay":"17s"}]}}. */
static int64_t retry_delay_ms(struct ctx *cx, const struct http_answer *a)
{
    double s;

    if (!is_json(a->body) || !strstr(a->body.at, "\"retryDelay\""))
        return 0;
    for (int i = 0; i < 8; i++) {
        const char *delay = json_text(cx, a->body.at, arena_fmt(cx->arena, "error/details/%d/retryDelay", i));
        size_t n = delay ? strlen(delay) : 0;
        if (n > 1 && delay[n - 1] == 's' && text_to_real(delay, n - 1, &s) && s > 0 && s < 86400)
            return (int64_t)(s * 1000);
    }
    return 0;
}

err_t http_check(struct ctx *cx, const char *who, const struct http_answer *a)
{
    if (a->status / 100 == 2)
        return OK;
    const char *said = code_of(cx, a), *message = tamed(cx, message_of(cx, a));
    err_t e = fail(cx, ENGINE_REFUSED, "%s answered %d%s%s%s%s", who, a->status, *said ? " " : "", tamed(cx, said),
                   *message ? ": " : "", message);

    e->code = code_for(a, said);
    if (err_retry(e->code) == LATER)
        e->retry_after_ms = a->retry_after_ms ? a->retry_after_ms : retry_delay_ms(cx, a);
    return e;
}
