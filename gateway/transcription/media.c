#include "transcription/media.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define NAME_BYTES 255

static const char *const types[] = {
    "audio/mpeg", "audio/mp3", "audio/x-mp3", "audio/mpeg3", "audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave", "audio/mp4", "video/mp4",
    "audio/m4a", "audio/x-m4a", "audio/aac", "audio/ogg", "video/ogg", "application/ogg", "audio/opus", "audio/webm", "video/webm", "audio/flac", "audio/x-flac",
};
static const char *const endings[] = { "mp3", "wav", "mp4", "m4a", "ogg", "webm", "flac" };

static bool is_among(const char *const *list, size_t n, const char *word, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && !strncasecmp(list[i], word, len))
            return true;
    return false;
}

err_t media_check(struct ctx *cx, const char *type, const char *filename)
{
    const char *dot = filename ? strrchr(filename, '.') : NULL;
    size_t n = type ? strcspn(type, "; \t") : 0;

    if (n && strncasecmp(type, "application/octet-stream", n)) {
        if (is_among(types, COUNT(types), type, n))
            return OK;
    } else if (dot && is_among(endings, COUNT(endings), dot + 1, strlen(dot + 1))) {
        return OK;
    }
    return fail(cx, FILE_TYPE_REFUSED, "send mp3, wav, mp4, m4a, ogg, webm or flac");
}

const char *media_name(struct ctx *cx, const char *filename)
{
    const char *slash = strrchr(filename, '/'), *back = strrchr(filename, '\\');
    const char *name = slash && slash > back ? slash + 1 : back ? back + 1 : filename;

    return arena_text(cx->arena, name, text_utf8_cut(name, strnlen(name, NAME_BYTES + 1) > NAME_BYTES ? NAME_BYTES : strlen(name)));
}
