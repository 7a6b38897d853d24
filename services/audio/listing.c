/* audio.playlist: which videos a list has. */
#include "config.h"
#include "fetch.h"
#include "handler.h"

#include <string.h>

#define URL_BYTES 2048

/* A page that shows several films has no pages of theirs, but addresses. Too long a one is none. */
static const char *url_of(const struct site_entry *e)
{
    const char *url = e->url && *e->url ? e->url : e->webpage_url;

    return url && *url && strnlen(url, URL_BYTES + 1) <= URL_BYTES ? url : NULL;
}

static void put_video(struct ctx *cx, const struct site_entry *e, struct audio_listed *out)
{
    const char *url = url_of(e);

    if (url)
        out->videos.at[out->videos.n++] = (struct listed_video){ fetch_kept(cx, e->id, 200), fetch_kept(cx, e->title, 500), fetch_kept(cx, url, URL_BYTES),
                                                                 e->duration > 0 ? e->duration : REAL_NONE };
}

/* The first videos of a list; nothing is asked about each. An address of one video is a list of one. The errors of audio.look, but for VIDEO_PLAYLIST. */
HANDLER(audio_playlist, audio_playlist, audio_listed)
{
    struct source s = { .max_s = audio_settings.audio_max_s };
    struct site_list list = { .id = NULL };
    struct site_entry alone;

    TRY(source_open(cx, in->url, &s));
    err_t e = ytdlp_list(cx, &s, in->most, &list);
    host_leave(cx, s.turn);
    TRY(e);
    alone = (struct site_entry){ list.id, list.title, NULL, list.webpage_url ? list.webpage_url : in->url, list.duration };
    if (!list._type || text_is(list._type, "video"))
        list.entries.at = &alone, list.entries.n = 1;
    else
        out->title = fetch_kept(cx, list.title, 500);
    out->videos.at = NEWS(cx, struct listed_video, list.entries.n);
    for (size_t i = 0; i < list.entries.n && out->videos.n < (size_t)in->most; i++)
        put_video(cx, &list.entries.at[i], out);
    return OK;
}
