/* POST /ask: read a recording or a text, keep the recording, accept the flow audio -> stt -> llm -> tts -> document. */
#include "http/gateway.h"
#include "http/multipart.h"
#include "voice/ask.h"
#include "app/persons.h"
#include "data/crypto.h"
#include "data/json.h"
#include "data/trace.h"
#include "data/uuid.h"
#include "net/blob.h"
#include "net/pg.h"
#include "proto/audio.h"
#include "proto/document.h"
#include "proto/llm.h"
#include "proto/stt.h"
#include "proto/tts.h"
#include "sql.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ASK_DEADLINE_S   86400
#define BEGIN_CHARACTERS 200        /* of a text in the list */

/* What is kept of the texts: closed, and how they begin. */
struct closed { const char *text, *question, *material, *text_begin, *question_begin; };

struct asking {
    struct ask_in in;
    struct closed closed;
    const char *id, *job_id;
    const char *recording;              /* path of the upload; NULL: typed */
    const char *key;                    /* its blob key */
    int64_t     recording_size;
    const char *fingerprint;
};

/* --- reading --- */

/* A raw body to a file, hashed on the way back. */
static err_t read_raw(struct ctx *cx, struct exchange *x, const char *dir, struct asking *a)
{
    size_t most = (size_t)x->gateway->settings->upload_max_bytes, got;
    char *room = arena_get(cx->arena, 65536), *hex = arena_get(cx->arena, 65);

    a->recording = arena_fmt(cx->arena, "%s/recording", dir);
    int fd = open(a->recording, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return disk_trouble(cx, "an upload");
    arena_own_fd(cx->arena, fd);
    for (;;) {
        TRY(edge_read(cx, x->request, room, 65536, most, &got));
        if (!got)
            break;
        TRY(disk_write(cx, fd, room, got, "an upload"));
        a->recording_size += (int64_t)got;
    }
    TRY(crypto_sha256_file(cx, fd, hex));
    a->fingerprint = arena_fmt(cx->arena, "%s?%s", hex, x->request->query);
    return exchange_query(cx, x, &ask_in_shape, &a->in);
}

static err_t read_material(struct ctx *cx, const struct part *p, struct asking *a)
{
    size_t room = FIELD_MAX_BYTES, n = 0;

    if (p->size > (int64_t)room)
        return fail(cx, BODY_TOO_LARGE, "material is larger than %zu bytes", room);
    char *text = arena_get(cx->arena, (size_t)p->size + 1);
    int fd = open(p->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return disk_trouble(cx, "an upload");
    arena_own_fd(cx->arena, fd);
    for (ssize_t got; n < (size_t)p->size && (got = read(fd, text + n, (size_t)p->size - n)) > 0;)
        n += (size_t)got;
    if (!text_is_utf8(text, n) || memchr(text, '\0', n))
        return fail(cx, TYPE_UNSUPPORTED, "material must be a UTF-8 text file");
    a->in.material = text;
    return OK;
}

/* A text part goes into the member of its name, by the shape's own rules. */
static err_t read_part(struct ctx *cx, const struct part *p, struct asking *a, struct text *print)
{
    const struct field *f = shape_field(&ask_in_shape, p->name, strlen(p->name));

    if (!f)
        return fail(cx, INPUT_INVALID, "/%s is not known here", p->name);
    text_fmt(print, "%s=%s\n", p->name, p->filename ? p->sha256 : p->value.at);
    if (!strcmp(p->name, "audio")) {
        if (!p->filename)
            return fail(cx, INPUT_INVALID, "/audio is not a file");
        a->recording = p->path, a->recording_size = p->size;
        return OK;
    }
    if (p->filename)
        return !strcmp(p->name, "material") ? read_material(cx, p, a) : fail(cx, INPUT_INVALID, "/%s is not a text field", p->name);
    const char *flaw = field_keep(cx, f, &a->in, p->value.at, p->value.n);
    return flaw ? fail(cx, INPUT_INVALID, "/%s %s", p->name, flaw) : OK;
}

static err_t read_multipart(struct ctx *cx, struct exchange *x, const char *dir, struct asking *a)
{
    struct text print = text_new(cx->arena, 256, 8u << 20);
    struct parts parts = { 0 };

    TRY(multipart_read(cx, x, dir, x->gateway->settings->upload_max_bytes, &parts));
    for (size_t i = 0; i < parts.parts.n; i++)
        TRY(read_part(cx, &parts.parts.at[i], a, &print));
    a->fingerprint = crypto_sha256_hex(cx, print.at, print.n);
    return OK;
}

static err_t read_json(struct ctx *cx, struct exchange *x, struct asking *a)
{
    struct bytes body;

    TRY(edge_read_all(cx, x->request, 8u << 20, &body));
    a->fingerprint = crypto_sha256_hex(cx, body.at, body.n);
    return json_read(cx, body.at, body.n, &ask_in_shape, &a->in);
}

static err_t read_asking(struct ctx *cx, struct exchange *x, struct asking *a)
{
    const char *type = exchange_read_header(x, "Content-Type"), *dir;

    if (!type || text_starts(type, "application/json"))
        return read_json(cx, x, a);
    if (x->request->length > x->gateway->settings->upload_max_bytes)
        return fail(cx, BODY_TOO_LARGE, "an upload may have %lld bytes", (long long)x->gateway->settings->upload_max_bytes);
    TRY(blob_workdir(cx, &dir));
    if (text_starts(type, "multipart/form-data"))
        return read_multipart(cx, x, dir, a);
    if (text_starts(type, "audio/") || text_starts(type, "video/") || text_starts(type, "application/octet-stream"))
        return read_raw(cx, x, dir, a);
    return fail(cx, TYPE_UNSUPPORTED, "send audio/*, video/*, multipart/form-data or application/json");
}

static err_t check(struct ctx *cx, const struct asking *a)
{
    bool typed = a->in.text && a->in.text[strspn(a->in.text, " \t\r\n")];

    if (a->recording && !a->recording_size)
        return fail(cx, INPUT_INVALID, "/audio is empty");
    if (!a->recording && !typed)
        return fail(cx, INPUT_INVALID, "send a recording (audio) or a text");
    if (a->recording && typed)
        return fail(cx, INPUT_INVALID, "send a recording or a text, not both; what to do with a recording goes into question");
    return OK;
}

/* --- closing: before a transaction begins, since a person's first key is made on a connection of its own --- */

static fallible close_text(struct ctx *cx, const char *text, size_t most, const char **out)
{
    size_t n = 0;

    *out = NULL;
    if (!text)
        return OK;
    while (text[n] && most)             /* characters: a byte that continues one does not count */
        most -= (text[++n] & 0xc0) != 0x80;
    return person_seal(cx, cx->user, (struct bytes){ text, n }, out);
}

static fallible close_texts(struct ctx *cx, const struct ask_in *in, struct closed *out)
{
    TRY(close_text(cx, in->text, SIZE_MAX, &out->text));
    TRY(close_text(cx, in->question, SIZE_MAX, &out->question));
    TRY(close_text(cx, in->material, SIZE_MAX, &out->material));
    TRY(close_text(cx, in->text, BEGIN_CHARACTERS, &out->text_begin));
    return close_text(cx, in->question, BEGIN_CHARACTERS, &out->question_begin);
}

/* --- the flow --- */

static struct raw json_of(struct ctx *cx, const struct shape *s, const void *from)
{
    return (struct raw){ json_write(cx, s, from) };
}

/* Own input of a step without the members that it takes from results: required ones are not there yet. */
#define STEP(cx, T, ...) json_of(cx, &T##_shape, &(struct T){ __VA_ARGS__ })

static struct job_step report_step(struct ctx *cx, const struct exchange *x, const struct asking *a)
{
    const char *language = a->in.language ? a->in.language : x->english ? "en" : "fr";
    bool english = text_starts(language, "en");
    struct fact facts[] = {
        { english ? "Reference" : "Référence", a->id },
        { english ? "Source" : "Source", a->recording ? (english ? "Recording" : "Enregistrement") : (english ? "Text" : "Texte") },
    };
    struct document_report report = {
        .title = english ? "Report" : "Compte rendu", .language = language, .question = a->in.question ? a->in.question : a->in.text,
        .facts = { facts, COUNT(facts) },
    };

    return (struct job_step){
        .step = "document", .kind = "document.report", .lane = lane_names[QUICK], .optional = true,
        .input = json_of(cx, &document_report_shape, &report),
        .takes = { a->recording ? "{\"answer\":\"llm.answer\",\"transcript\":\"stt.text\"}" : "{\"answer\":\"llm.answer\"}" },
    };
}

static size_t put_steps(struct ctx *cx, const struct exchange *x, const struct asking *a, struct job_step *s)
{
    const struct ask_in *in = &a->in;
    const char *heard = in->language ? "{\"text\":\"stt.text\"}" : "{\"text\":\"stt.text\",\"language\":\"stt.language\"}";
    size_t n = 0;

    if (a->recording) {
        s[n++] = (struct job_step){ .step = "audio", .kind = "audio.extract", .input = STEP(cx, audio_extract, .file = a->key) };
        s[n++] = (struct job_step){ .step = "stt", .kind = "stt.transcribe", .input = STEP(cx, stt_transcribe, .language = in->language),
                                    .takes = { "{\"file\":\"audio.file\"}" } };
    }
    s[n++] = (struct job_step){ .step = "llm", .kind = "llm.answer",
        .input = STEP(cx, llm_answer, .text = in->text, .question = in->question, .material = in->material, .language = in->language, .engine = in->engine, .model = in->model),
        .takes = { a->recording ? heard : NULL } };
    if (!in->mute)
        s[n++] = (struct job_step){ .step = "tts", .kind = "tts.speak", .input = STEP(cx, tts_speak, .voice = in->voice, .language = in->language), .optional = true,
                                    .takes = { in->language ? "{\"text\":\"llm.answer\"}" : "{\"text\":\"llm.answer\",\"language\":\"llm.language\"}" } };
    if (in->report)
        s[n++] = report_step(cx, x, a);
    return n;
}

/* A recording is kept once its row is in, so that what is refused leaves no file behind; without one the row goes out with the rest. */
static err_t put_ask(struct ctx *cx, const struct asking *a)
{
    const struct closed *c = &a->closed;
    struct arg args[] = { ARG(a->id), ARG(cx->user), ARG(a->job_id), ARG(a->key), ARG(c->text), ARG(c->question), ARG(c->material), ARG(a->in.language),
                          ARG(c->text_begin), ARG(c->question_begin) };

    if (!a->recording)
        return pg_later(cx, SQL(ask_put), args, NULL, NULL, false);
    TRY(pg_do(cx, SQL(ask_put), args));
    return blob_put_file(cx, a->key, a->recording);
}

static err_t accept(struct ctx *cx, struct exchange *x, const struct asking *a, struct ticket *ticket)
{
    struct job_step steps[5];
    struct job_new new = { .id = a->job_id, .kind = "flow.ask", .owner = cx->user, .trace = trace_text(cx), .lane = LIVE, .deadline_s = ASK_DEADLINE_S,
                           .input = arena_fmt(cx->arena, "{\"ask\":\"%s\"}", a->id) };

    new.steps.n = put_steps(cx, x, a, steps);
    new.steps.at = steps;
    TRY(put_ask(cx, a));
    return job_put(cx, &new, ticket);
}

static err_t accept_and_commit(struct ctx *cx, struct exchange *x, const struct asking *a, const struct ask_made *made, const char *location)
{
    struct ticket *ticket = NEW(cx, struct ticket);

    if (!cx->tx)
        TRY(pg_begin(cx));
    err_t e = accept(cx, x, a, ticket);
    if (!e) {
        exchange_accepted(cx, x, ticket, a->job_id);
        e = exchange_commit(cx, x, 202, location, json_write(cx, &ask_made_shape, made));
    }
    return account_gone(cx, e);
}

static bool wants_events(const struct exchange *x)
{
    const char *accept_ = exchange_read_header(x, "Accept");

    return accept_ && text_starts(accept_, "text/event-stream");
}

err_t ask_create(struct ctx *cx, struct exchange *x, const void *given)
{
    struct asking a = { .id = uuid_make(cx), .job_id = uuid_make(cx) };
    bool repeat;

    (void)given;
    TRY(read_asking(cx, x, &a));
    TRY(check(cx, &a));
    if (a.recording)
        a.key = arena_fmt(cx->arena, "asks/%s/recording", a.id);
    TRY(account_gone(cx, close_texts(cx, &a.in, &a.closed)));
    TRY(exchange_once(cx, x, a.fingerprint, &repeat));
    if (repeat)
        return OK;
    struct ask_made made = { .id = a.id, .job_id = a.job_id, .state = "queued",
                             .events = arena_fmt(cx->arena, "/api/v1/jobs/%s/events", a.job_id), .result = arena_fmt(cx->arena, "/api/v1/ask/%s", a.id) };
    const char *location = arena_fmt(cx->arena, "/api/v1/jobs/%s", a.job_id);
    if (wants_events(x))
        exchange_listen(cx, x, a.job_id);
    TRY(accept_and_commit(cx, x, &a, &made, location));
    exchange_header(x, "Location", location);
    if (wants_events(x)) {
        struct job root = { .id = a.job_id, .root = a.job_id, .state = "waiting" };
        exchange_header(x, "X-Ask-Id", a.id);
        return exchange_events(cx, x, &root, 0);
    }
    exchange_json(cx, x, 202, &ask_made_shape, &made);
    return OK;
}
