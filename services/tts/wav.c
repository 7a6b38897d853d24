#include "wav.h"

#include <string.h>

static uint32_t u32(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;

    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint32_t u16(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;

    return b[0] | (uint32_t)b[1] << 8;
}

/* The fmt chunk: WAVE_FORMAT_PCM, or WAVE_FORMAT_EXTENSIBLE whose sub-format is that. */
static bool read_format(struct bytes chunk, struct wav *out)
{
    if (chunk.n < 16)
        return false;
    uint32_t tag = u16(chunk.at), rate = u32(chunk.at + 4);
    if (tag == 0xfffe && chunk.n >= 26)
        tag = u16(chunk.at + 24);
    out->rate_hz = rate >= 8000 && rate <= 96000 ? (int)rate : 0;
    return tag == 1 && u16(chunk.at + 2) == 1 && u16(chunk.at + 14) == 16 && out->rate_hz;
}

bool wav_read(struct bytes file, struct wav *out)
{
    bool format = false;

    if (file.n < 12 || memcmp(file.at, "RIFF", 4) || memcmp(file.at + 8, "WAVE", 4))
        return false;
    for (size_t at = 12; file.n - at >= 8;) {
        size_t left = file.n - at - 8, n = u32(file.at + at + 4);
        struct bytes chunk = { file.at + at + 8, n < left ? n : left };
        if (!memcmp(file.at + at, "data", 4)) {
            out->pcm = (struct bytes){ chunk.at, (n ? chunk.n : left) & ~(size_t)1 };
            return format;
        }
        if (!memcmp(file.at + at, "fmt ", 4) && !(format = read_format(chunk, out)))
            return false;
        if (n + (n & 1) > left)
            return false;
        at += 8 + n + (n & 1);
    }
    return false;
}
