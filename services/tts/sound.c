#include "sound.h"
#include "wav.h"
#include "net/blob.h"
#include "net/child.h"
#include "data/shape.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DECODED_HZ    24000         /* of what is not plain WAV */
#define PIECE_BYTES   (64u << 20)   /* samples of one piece: 22 minutes */
#define SOUND_MOST_S  (12 * 3600)

/* Speech in mono: LAME at 64 kbit/s and Opus at 32 kbit/s are transparent for it. */
static const struct encoding encodings[] = {
    { "mp3",  "mp3", "audio/mpeg", WORDS("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3", "speech.mp3") },
    { "wav",  "wav", "audio/wav",  WORDS("-c:a", "pcm_s16le", "-f", "wav", "speech.wav") },
    { "opus", "ogg", "audio/ogg",  WORDS("-c:a", "libopus", "-b:a", "32k", "-f", "ogg", "speech.ogg") },
};

const struct encoding *encoding_find(const char *format)
{
    for (size_t i = 0; i < COUNT(encodings); i++)
        if (text_is(encodings[i].format, format))
            return &encodings[i];
    return NULL;
}

err_t sound_open(struct ctx *cx, struct sound *s)
{
    *s = (struct sound){ .fd = -1 };
    TRY(blob_workdir(cx, &s->dir));
    s->path = arena_fmt(cx->arena, "%s/speech.pcm", s->dir);
    s->fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (s->fd < 0)
        return disk_trouble(cx, "a file for the speech");
    arena_own_fd(cx->arena, s->fd);
    return OK;
}

/* ID3 tag, or an MPEG audio frame: ISO 11172-3 2.4.1.3. */
static bool is_mp3(struct bytes file)
{
    const uint8_t *at = (const uint8_t *)file.at;

    return file.n >= 4 && (!memcmp(at, "ID3", 3) || (at[0] == 0xff && (at[1] & 0xe6) > 0xe0 && (at[2] & 0xf0) != 0xf0));
}

static fallible decode(struct ctx *cx, struct bytes file, const char *demuxer, int rate_hz, struct bytes *pcm)
{
    const char *rate = arena_fmt(cx->arena, "%d", rate_hz);
    const char *const argv[] = { "ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-protocol_whitelist", "pipe",
                                 "-format_whitelist", demuxer, "-f", demuxer, "-threads", "1", "-i", "pipe:0", "-map", "0:a:0",
                                 "-vn", "-sn", "-dn", "-ac", "1", "-ar", rate, "-f", "s16le", "pipe:1", NULL };
    struct child_end end;

    TRY(child_run(cx, &(struct child_ask){ .argv = argv, .input = file, .cpu_s = 60, .wall_ms = 120000,
                                           .file_bytes = 1 << 20, .max_output = PIECE_BYTES }, &end));
    if (end.status || end.signal)
        return fail(cx, ENGINE_BROKEN, "ffmpeg cannot decode the engine's %s: %.*s", demuxer,
                    (int)text_utf8_cut(end.complaint.at, end.complaint.n < 200 ? end.complaint.n : 200), end.complaint.at);
    *pcm = (struct bytes){ end.output.at, end.output.n & ~(size_t)1 };
    return OK;
}

err_t sound_decode(struct ctx *cx, const struct sound *s, struct bytes file, struct bytes *pcm, int *rate_hz)
{
    bool riff = file.n > 12 && !memcmp(file.at, "RIFF", 4);
    struct wav wav;

    if (!file.n)
        return fail(cx, ENGINE_BROKEN, "the engine's answer is empty");
    if (!riff && !is_mp3(file))
        return fail(cx, ENGINE_BROKEN, "the engine's answer is not sound: it begins with %s",
                    *file.at == '{' ? "JSON" : *file.at == '<' ? "HTML" : "unknown bytes");
    if (wav_read(file, &wav) && (!s->rate_hz || s->rate_hz == wav.rate_hz)) {
        *pcm = wav.pcm;
        *rate_hz = wav.rate_hz;
    } else {
        *rate_hz = s->rate_hz ? s->rate_hz : DECODED_HZ;
        TRY(decode(cx, file, riff ? "wav" : "mp3", *rate_hz, pcm));
    }
    if (!pcm->n)
        return fail(cx, ENGINE_BROKEN, "there is no sound in the engine's answer");
    return OK;
}

err_t sound_add(struct ctx *cx, struct sound *s, struct bytes pcm, int rate_hz)
{
    s->rate_hz = rate_hz;
    if (s->bytes / 2 / rate_hz > SOUND_MOST_S)
        return fail(cx, MEDIA_TOO_LONG, "The speech would be longer than %d hours", SOUND_MOST_S / 3600);
    TRY(disk_write(cx, s->fd, pcm.at, pcm.n, "the speech"));
    s->bytes += (int64_t)pcm.n;
    return OK;
}

err_t sound_pause(struct ctx *cx, struct sound *s, int ms)
{
    size_t n = (size_t)s->rate_hz * (size_t)ms / 1000 * 2;

    return sound_add(cx, s, (struct bytes){ arena_get(cx->arena, n), n }, s->rate_hz);
}

err_t sound_encode(struct ctx *cx, const struct sound *s, const struct encoding *to, const char **path)
{
    const char *argv[40] = { "ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-f", "s16le",
                             "-ar", arena_fmt(cx->arena, "%d", s->rate_hz), "-ac", "1", "-i", "speech.pcm", "-threads", "1",
                             "-fflags", "+bitexact", "-flags:a", "+bitexact", "-y" };
    struct child_end end;
    size_t n = 0;

    while (argv[n])
        n++;
    for (size_t i = 0; to->codec[i] && n < COUNT(argv) - 1; i++)
        argv[n++] = to->codec[i];
    TRY(child_run(cx, &(struct child_ask){ .argv = argv, .dir = s->dir, .cpu_s = 3600 }, &end));
    if (end.status || end.signal)
        return fail(cx, CHILD_FAILED, "ffmpeg could not encode the speech: %.*s",
                    (int)text_utf8_cut(end.complaint.at, end.complaint.n < 200 ? end.complaint.n : 200), end.complaint.at);
    *path = arena_fmt(cx->arena, "%s/speech.%s", s->dir, to->extension);
    return OK;
}

double sound_seconds(const struct sound *s)
{
    return s->rate_hz ? (double)(s->bytes / 2) / s->rate_hz : 0;
}
