#define _GNU_SOURCE
#include "recording.h"

#include "net/blob.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEAD_BYTES   65536      /* tags may stand before the samples, but not that many */
#define WAV_HEAD     44
#define FORMAT_PCM   1
#define FORMAT_EXTENSIBLE 0xfffe

static uint32_t little(const char *at, size_t n)
{
    uint32_t v = 0;

    while (n--)
        v = v << 8 | (unsigned char)at[n];
    return v;
}

static fallible format_check(struct ctx *cx, const char *at, size_t n)
{
    if (n < 16)
        return fail(cx, MEDIA_UNREADABLE, "the WAV's format chunk is too short");
    uint32_t format = little(at, 2), channels = little(at + 2, 2), rate = little(at + 4, 4), bits = little(at + 14, 2);

    if (format == FORMAT_EXTENSIBLE && n >= 26)
        format = little(at + 24, 2);
    if (format != FORMAT_PCM || channels != 1 || rate != RATE_HZ || bits != 16)
        return fail(cx, MEDIA_UNREADABLE, "expected PCM of 16 bits, mono, 16000 Hz; the WAV has format %u, %u bits, %u channels, %u Hz",
                    format, bits, channels, rate);
    return OK;
}

fallible recording_parse(struct ctx *cx, struct bytes head, int64_t size, struct recording *out)
{
    bool known = false;

    if (head.n < 12 || memcmp(head.at, "RIFF", 4) || memcmp(head.at + 8, "WAVE", 4))
        return fail(cx, MEDIA_UNREADABLE, "the recording is not a WAV");
    for (size_t at = 12; at + 8 <= head.n;) {
        const char *chunk = head.at + at;
        uint32_t len = little(chunk + 4, 4);
        at += 8;
        if (!memcmp(chunk, "data", 4)) {
            int64_t left = size - (int64_t)at;
            if (!known || left < 0)
                return fail(cx, MEDIA_UNREADABLE, "the WAV has samples before its format");
            out->data_at = (int64_t)at;
            out->samples = (len && len <= left ? (int64_t)len : left) / 2;
            return OK;
        }
        if (!memcmp(chunk, "fmt ", 4)) {
            TRY(format_check(cx, chunk + 8, head.n - at < len ? head.n - at : len));
            known = true;
        }
        at += (size_t)len + (len & 1);
    }
    return fail(cx, MEDIA_UNREADABLE, "the WAV has no samples");
}

static fallible read_at(struct ctx *cx, int fd, void *to, size_t n, int64_t from)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (char *)to + done, n - done, from + (int64_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(cx, BLOB_DOWN, "reading the recording: %s", got ? strerror(errno) : "it ends too early");
        done += (size_t)got;
    }
    return OK;
}

fallible recording_open(struct ctx *cx, const char *key, struct recording *out)
{
    struct blob_info info = { 0 };
    int fd = -1;

    TRY(blob_open(cx, key, &fd, &info));
    size_t n = info.size < HEAD_BYTES ? (size_t)info.size : HEAD_BYTES;
    char *head = arena_get(cx->arena, n);
    TRY(read_at(cx, fd, head, n, 0));
    TRY(recording_parse(cx, (struct bytes){ head, n }, info.size, out));
    out->fd = fd;
    out->size = info.size;
    return OK;
}

fallible recording_read(struct ctx *cx, const struct recording *r, int64_t from, size_t n, int16_t *to)
{
    return read_at(cx, r->fd, to, n * sizeof(*to), r->data_at + from * (int64_t)sizeof(*to));
}

static void put(char *to, uint32_t v, size_t n)
{
    for (size_t i = 0; i < n; i++, v >>= 8)
        to[i] = (char)(v & 255);
}

struct bytes sound_wav(struct ctx *cx, struct sound s)
{
    size_t bytes = s.n * sizeof(*s.at);
    char *wav = arena_get(cx->arena, WAV_HEAD + bytes);

    memcpy(wav, "RIFF\0\0\0\0WAVEfmt ", 16);
    put(wav + 4, (uint32_t)(WAV_HEAD - 8 + bytes), 4);
    put(wav + 16, 16, 4);
    put(wav + 20, FORMAT_PCM, 2);
    put(wav + 22, 1, 2);
    put(wav + 24, RATE_HZ, 4);
    put(wav + 28, RATE_HZ * 2, 4);
    put(wav + 32, 2, 2);
    put(wav + 34, 16, 2);
    memcpy(wav + 36, "data", 4);
    put(wav + 40, (uint32_t)bytes, 4);
    if (bytes)
        memcpy(wav + WAV_HEAD, s.at, bytes);
    return (struct bytes){ wav, WAV_HEAD + bytes };
}
