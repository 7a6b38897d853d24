/* Containers by their first bytes, so that ffmpeg is told what to expect and never chooses a playlist. */
#include "media.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SNIFF_BYTES 1024
#define ID3_MOST    4               /* tags in a row; more is play */

#define AT(offset, text) { offset, { text, sizeof(text) - 1 } }

/* MPEG audio frame header, ISO 11172-3 2.4.1.3: sync, a layer, a bit rate and a sample rate that exist. */
static bool is_mpeg_audio(const uint8_t *at, size_t n)
{
    return n >= 4 && at[0] == 0xff && (at[1] & 0xe0) == 0xe0 && (at[1] & 0x18) != 0x08 &&
           (at[1] & 0x06) != 0 && (at[2] & 0xf0) != 0xf0 && (at[2] & 0x0c) != 0x0c;
}

/* ADTS, ISO 13818-7 6.2: sync, layer 0, a sample rate that exists. */
static bool is_adts(const uint8_t *at, size_t n)
{
    return n >= 7 && at[0] == 0xff && (at[1] & 0xf6) == 0xf0 && (at[2] >> 2 & 15) < 13;
}

/* MPEG-TS, ISO 13818-1 2.4.3.2: a sync byte every 188 bytes; every 192 after a time stamp in what cameras write. */
static bool is_mpegts(const uint8_t *at, size_t n)
{
    return (n > 376 && at[0] == 0x47 && at[188] == 0x47 && at[376] == 0x47) ||
           (n > 388 && at[4] == 0x47 && at[196] == 0x47 && at[388] == 0x47);
}

static bool is_text(const uint8_t *at, size_t n)
{
    size_t whole = text_utf8_cut((const char *)at, n);

    for (size_t i = 0; i < n; i++)
        if (at[i] < 0x20 && !strchr("\t\n\r\f", at[i]))
            return false;
    return n && n - whole < 4 && text_is_utf8((const char *)at, whole);
}

static const struct container containers[] = {
    { "wav",      "WAV",              .magic = { AT(0, "RIFF"), AT(8, "WAVE") } },
    { "wav",      "WAV",              .magic = { AT(0, "RF64"), AT(8, "WAVE") } },
    { "avi",      "AVI",              .magic = { AT(0, "RIFF"), AT(8, "AVI ") } },
    { "w64",      "Wave64",           .magic = { AT(0, "riff\x2e\x91\xcf\x11") } },
    { "ogg",      "Ogg",              .magic = { AT(0, "OggS") } },
    { "flac",     "FLAC",             .magic = { AT(0, "fLaC") } },
    { "matroska", "WebM or Matroska", .magic = { AT(0, "\x1a\x45\xdf\xa3") } },
    { "mov",      "MP4",              .magic = { AT(4, "ftyp") } },
    { "mov",      "QuickTime",        .magic = { AT(4, "moov") } },
    { "mov",      "QuickTime",        .magic = { AT(4, "mdat") } },
    { "mov",      "QuickTime",        .magic = { AT(4, "wide") } },
    { "mov",      "QuickTime",        .magic = { AT(4, "free") } },
    { "mov",      "QuickTime",        .magic = { AT(4, "skip") } },
    { "amr",      "AMR",              .magic = { AT(0, "#!AMR") } },
    { "aiff",     "AIFF",             .magic = { AT(0, "FORM"), AT(8, "AIFF") } },
    { "aiff",     "AIFF",             .magic = { AT(0, "FORM"), AT(8, "AIFC") } },
    { "caf",      "CAF",              .magic = { AT(0, "caff") } },
    { "au",       "AU",               .magic = { AT(0, ".snd") } },
    { "asf",      "WMA or WMV",       .magic = { AT(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11") } },
    { "flv",      "FLV",              .magic = { AT(0, "FLV\x01") } },
    { "mpegts",   "MPEG-TS",          .is = is_mpegts },
    { "mpeg",     "MPEG-PS",          .magic = { AT(0, "\x00\x00\x01\xba") } },
    { "aac",      "AAC",              .is = is_adts },
    { "mp3",      "MP3",              .is = is_mpeg_audio },
    { NULL, "a playlist",                      .magic = { AT(0, "#EXTM3U") } },
    { NULL, "a playlist",                      .magic = { AT(0, "ffconcat") } },
    { NULL, "a playlist",                      .magic = { AT(0, "[playlist]") } },
    { NULL, "a PDF document",                  .magic = { AT(0, "%PDF-") } },
    { NULL, "an archive or Office document",   .magic = { AT(0, "PK\x03\x04") } },
    { NULL, "an archive",                      .magic = { AT(0, "\x1f\x8b") } },
    { NULL, "an archive",                      .magic = { AT(0, "Rar!") } },
    { NULL, "an archive",                      .magic = { AT(0, "7z\xbc\xaf\x27\x1c") } },
    { NULL, "an image",                        .magic = { AT(0, "\x89PNG") } },
    { NULL, "an image",                        .magic = { AT(0, "\xff\xd8\xff") } },
    { NULL, "an image",                        .magic = { AT(0, "GIF8") } },
    { NULL, "an image",                        .magic = { AT(0, "RIFF"), AT(8, "WEBP") } },
    { NULL, "a MIDI score, which has no sound", .magic = { AT(0, "MThd") } },
    { NULL, "a program",                       .magic = { AT(0, "\x7f" "ELF") } },
    { NULL, "text",                            .is = is_text },
};

static bool matches(const struct container *c, const uint8_t *at, size_t n)
{
    if (c->is)
        return c->is(at, n);
    for (size_t i = 0; i < COUNT(c->magic); i++) {
        struct bytes is = c->magic[i].is;
        if (is.n && (c->magic[i].at + is.n > n || memcmp(at + c->magic[i].at, is.at, is.n)))
            return false;
    }
    return true;
}

const struct container *container_of_bytes(const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < COUNT(containers); i++)
        if (matches(&containers[i], at, n))
            return &containers[i];
    return NULL;
}

const struct container *container_of_demuxer(const char *names)
{
    size_t n = strcspn(names, ",");

    for (size_t i = 0; i < COUNT(containers); i++) {
        const char *demuxer = containers[i].demuxer;
        if (demuxer && strlen(demuxer) == n && !memcmp(demuxer, names, n))
            return &containers[i];
    }
    return NULL;
}

const char *container_demuxers(struct ctx *cx)
{
    struct text all = text_new(cx->arena, 256, 4096);
    const char *last = "";

    for (size_t i = 0; i < COUNT(containers); i++) {
        if (!containers[i].demuxer || text_is(containers[i].demuxer, last))
            continue;
        last = containers[i].demuxer;
        text_fmt(&all, "%s%s", all.n ? "," : "", last);
    }
    return all.at;
}

static fallible read_at(struct ctx *cx, int fd, int64_t from, uint8_t *to, size_t room, size_t *n)
{
    ssize_t got;

    for (*n = 0; *n < room; *n += (size_t)got) {
        got = pread(fd, to + *n, room - *n, from + (int64_t)*n);
        if (got < 0)
            return fail(cx, BLOB_DOWN, "reading the recording: %s", strerror(errno));
        if (!got)
            break;
    }
    return OK;
}

/* Bytes of the ID3v2 tag that begins here (id3.org, ID3v2.4 3.1: four 7-bit bytes, plus the header), or 0. */
static int64_t id3_size(const uint8_t *at, size_t n)
{
    if (n < 10 || memcmp(at, "ID3", 3) || ((at[6] | at[7] | at[8] | at[9]) & 0x80))
        return 0;
    return 10 + (at[6] << 21 | at[7] << 14 | at[8] << 7 | at[9]) + (at[5] & 0x10 ? 10 : 0);
}

err_t media_sniff(struct ctx *cx, int fd, int64_t size, const struct container **out)
{
    uint8_t at[SNIFF_BYTES];
    int64_t from = 0;
    size_t n;

    *out = NULL;
    if (!size)
        return fail(cx, MEDIA_UNREADABLE, "The file is empty");
    TRY(read_at(cx, fd, 0, at, sizeof(at), &n));
    for (int i = 0; i < ID3_MOST && id3_size(at, n); i++) {
        from += id3_size(at, n);
        TRY(read_at(cx, fd, from, at, sizeof(at), &n));
    }
    *out = container_of_bytes(at, n);
    if (from && (!*out || !(*out)->demuxer))    /* a tag, then padding or nothing we know: MP3 is what carries tags */
        *out = container_of_demuxer("mp3");
    if (*out && !(*out)->demuxer)
        return fail(cx, MEDIA_UNREADABLE, "The file is %s, not a recording", (*out)->name);
    return OK;
}
