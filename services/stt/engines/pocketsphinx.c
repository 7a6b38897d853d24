/* pocketsphinx: American English on this machine, without a key. A fallback: about three words in ten of
 * read speech are wrong. Its models are loaded at the first use and given back after a time without work. */
#define _GNU_SOURCE
#include "engine.h"

#include "app/handler.h"
#include "base/clock.h"
#include "config.h"

#include <malloc.h>
#include <pocketsphinx.h>
#include <pthread.h>
#include <sphinxbase/err.h>
#include <sphinxbase/ngram_model.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_S   100          /* of the decoder's times */
#define POOL_MOST  8
#define WAIT_MS    100
#define SEARCH     "words"

/* The decoders, each 83 MB, and 105 once it has heard something. `lock` guards all of it. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t  freed;
    ps_decoder_t *idle[POOL_MOST];
    int idle_n, all_n;
    int64_t used_ms;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .freed = PTHREAD_COND_INITIALIZER };

/* What the library would write to standard error. Its own -logfn shares one FILE among threads. */
static void say_nothing(void *with, err_lvl_t level, const char *fmt, ...)
{
    (void)with, (void)level, (void)fmt;
}

static void silence(void) { err_set_callback(say_nothing, NULL); }

static const char *model(const struct ctx *cx)
{
    const char *path = stt_settings(cx)->stt_sphinx_model, *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static const char *part(struct ctx *cx, const char *name)
{
    return arena_fmt(cx->arena, "%s/%s", stt_settings(cx)->stt_sphinx_model, name);
}

static err_t ready(struct ctx *cx)
{
    static const char *const parts[] = { "en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict" };

    for (size_t i = 0; i < COUNT(parts); i++)
        if (access(part(cx, parts[i]), R_OK))
            return fail(cx, ENGINE_DISABLED, "STT_SPHINX_MODEL: %s cannot be read", part(cx, parts[i]));
    return OK;
}

/* "read(2)" is the second way to say "read". */
static size_t word_bytes(const char *word) { return *word ? 1 + strcspn(word + 1, "( \t\r\n") : 0; }

/* Lines of the dictionary whose words the language model knows: the others are never heard, and would take 15 MB. */
static bool dictionary_copy(FILE *from, FILE *to, ngram_model_t *lm)
{
    char line[1024], word[1024];

    while (fgets(line, sizeof(line), from)) {
        size_t n = word_bytes(line);
        memcpy(word, line, n);
        word[n] = 0;
        if (ngram_wid(lm, word) != ngram_unknown_wid(lm) && fputs(line, to) < 0)
            return false;
    }
    return !ferror(from) && !fflush(to);
}

/* The library takes a path only. */
static bool dictionary_load(struct ctx *cx, ps_decoder_t *decoder, ngram_model_t *lm)
{
    int fd = memfd_create("dictionary", MFD_CLOEXEC);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w"), *from = fopen(part(cx, "cmudict-en-us.dict"), "re");
    bool good = to && from && dictionary_copy(from, to, lm) && !ps_load_dict(decoder, arena_fmt(cx->arena, "/proc/self/fd/%d", fd), NULL, NULL);

    if (from)
        fclose(from);
    if (to)
        fclose(to);
    return good;
}

static bool language_load(struct ctx *cx, ps_decoder_t *decoder)
{
    ngram_model_t *lm = ngram_model_read(ps_get_config(decoder), part(cx, "en-us.lm.bin"), NGRAM_AUTO, ps_get_logmath(decoder));
    bool good = lm && dictionary_load(cx, decoder, lm) && !ps_set_lm(decoder, SEARCH, lm) && !ps_set_search(decoder, SEARCH);

    ngram_model_free(lm);       /* the decoder has it too */
    return good;
}

static ps_decoder_t *decoder_load(struct ctx *cx)
{
    static pthread_once_t silenced = PTHREAD_ONCE_INIT;

    pthread_once(&silenced, silence);
    err_set_logfp(NULL);                /* of this thread */
    cmd_ln_t *how = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", part(cx, "en-us"), "-remove_silence", "no", NULL);
    ps_decoder_t *decoder = how ? ps_init(how) : NULL;
    cmd_ln_free_r(how);
    if (!decoder || language_load(cx, decoder))
        return decoder;
    ps_free(decoder);
    return NULL;
}

/* A decoder that rests, or room for one more: with neither, waits for one to be given back. */
static fallible decoder_take(struct ctx *cx, ps_decoder_t **out)
{
    int most = stt_settings(cx)->stt_sphinx_decoders;

    pthread_mutex_lock(&pool.lock);
    while (!pool.idle_n && pool.all_n >= most) {
        int64_t until = clock_ms() + WAIT_MS;
        struct timespec t = { until / 1000, until % 1000 * 1000000 };
        pthread_cond_clockwait(&pool.freed, &pool.lock, CLOCK_MONOTONIC, &t);
        err_t e = clock_check(cx);
        if (e) {
            pthread_mutex_unlock(&pool.lock);
            return e;
        }
    }
    *out = pool.idle_n ? pool.idle[--pool.idle_n] : NULL;
    pool.all_n += !*out;
    pthread_mutex_unlock(&pool.lock);
    return OK;
}

static void decoder_give(void *decoder)
{
    pthread_mutex_lock(&pool.lock);
    if (decoder)
        pool.idle[pool.idle_n++] = decoder;
    else
        pool.all_n--;
    pool.used_ms = clock_ms();
    pthread_cond_signal(&pool.freed);
    pthread_mutex_unlock(&pool.lock);
}

static void rest(int idle_s)
{
    ps_decoder_t *gone[POOL_MOST];
    int n = 0;

    pthread_mutex_lock(&pool.lock);
    if (clock_ms() - pool.used_ms >= idle_s * INT64_C(1000)) {
        n = pool.idle_n;
        memcpy(gone, pool.idle, sizeof(gone));
        pool.all_n -= n;
        pool.idle_n = 0;
    }
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < n; i++)
        ps_free(gone[i]);
    if (n)
        malloc_trim(0);
}

static bool is_filler(const char *word) { return !word || strchr("<[+", *word); }

static const char *word_text(struct ctx *cx, const char *word) { return arena_text(cx->arena, word, word_bytes(word)); }

static void words_read(struct ctx *cx, ps_decoder_t *decoder, struct transcript *out)
{
    struct text said = text_new(cx->arena, 256, 65536);
    size_t n = 0;

    for (ps_seg_t *seg = ps_seg_iter(decoder); seg; seg = ps_seg_next(seg))
        n += !is_filler(ps_seg_word(seg));
    out->words.at = NEWS(cx, struct word, n);
    for (ps_seg_t *seg = ps_seg_iter(decoder); seg; seg = ps_seg_next(seg)) {
        int from, to;
        if (is_filler(ps_seg_word(seg)))
            continue;
        ps_seg_frames(seg, &from, &to);
        double sure = logmath_exp(ps_get_logmath(decoder), ps_seg_prob(seg, NULL, NULL, NULL));
        struct word w = { word_text(cx, ps_seg_word(seg)), (double)from / FRAMES_S, (double)(to + 1) / FRAMES_S,
                          sure < 0 ? 0 : sure > 1 ? 1 : (double)(int)(sure * 1000 + 0.5) / 1000, NULL };
        if (out->words.n)
            text_char(&said, ' ');
        text_put(&said, w.word);
        out->words.at[out->words.n++] = w;
    }
    out->text = said.at;
}

/* A piece is heard as a whole (cepstral means over all of it, nothing carried over from what was heard
 * before): the same piece always gives the same words. */
static fallible decode(struct ctx *cx, ps_decoder_t *decoder, struct sound sound, struct transcript *out)
{
    if (ps_start_stream(decoder) < 0 || ps_start_utt(decoder) < 0)
        return fail(cx, ENGINE_BROKEN, "pocketsphinx does not start");
    int heard = ps_process_raw(decoder, sound.at, sound.n, FALSE, TRUE);
    if (ps_end_utt(decoder) < 0 || heard < 0)
        return fail(cx, ENGINE_BROKEN, "pocketsphinx does not decode");
    words_read(cx, decoder, out);
    return OK;
}

static err_t hear(struct ctx *cx, struct hearing *h, struct transcript *out)
{
    ps_decoder_t *decoder;

    *out = (struct transcript){ .language = "en", .model = model(cx) };
    TRY(clock_check(cx));
    TRY(decoder_take(cx, &decoder));
    if (!decoder)
        decoder = decoder_load(cx);
    err_t e = decoder ? decode(cx, decoder, h->sound, out) :
                        fail(cx, ENGINE_DOWN, "pocketsphinx cannot load the model in %s", stt_settings(cx)->stt_sphinx_model);
    if (e && decoder) {         /* it may be stuck in an utterance */
        ps_free(decoder);
        decoder = NULL;
    }
    decoder_give(decoder);
    return e;
}

const struct engine engine_pocketsphinx = {
    .name = "pocketsphinx", .bare_words = true, .languages = WORDS("en"),
    .model = model, .ready = ready, .transcribe = hear, .rest = rest,
};
