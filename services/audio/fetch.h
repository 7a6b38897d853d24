/* What comes from the web: what the kinds that fetch share. */
#pragma once

#include "ytdlp.h"

#define FETCH_SHARE 70              /* percent of a job's progress that are the fetching; the rest is the conversion */

fallible fetch_too_large(struct ctx *cx);       /* MEDIA_TOO_LARGE */
/* A private directory, a turn at its host and a gate for an address; the turn is left by host_leave. URL_UNSUPPORTED, SITE_BUSY. */
fallible source_open(struct ctx *cx, const char *url, struct source *s);
const char *fetch_kept(struct ctx *cx, const char *text, size_t most);  /* a site's text, at most `most` bytes of it; NULL: none */
bool     fetch_is_live(const struct site_video *v);     /* now, or soon */
/* What is at an address, as MEDIA_INPUT in its directory, and what its site tells about it: by our own client, or by yt-dlp. The errors of audio.fetch. */
struct audio_fetched;
fallible fetch_get(struct ctx *cx, struct source *s, struct audio_fetched *out);
struct container;
/* What MEDIA_INPUT in `dir` begins as: media_sniff. FETCH_FAILED: it is gone. */
fallible fetch_sniff(struct ctx *cx, const char *dir, const struct container **out);
int64_t  dir_bytes(const char *dir);            /* of the files in it */

/* A recording at its own address, by our own client. False in *found: there is none, or the site has its doubts about us; nothing
 * is told yet. VIDEO_UNAVAILABLE, VIDEO_BLOCKED, SITE_DOWN, EGRESS_REFUSED, MEDIA_TOO_LARGE. */
struct direct { const char *title, *address; };
bool direct_looks_so(const char *url);          /* its path ends like a recording's name */
fallible direct_fetch(struct ctx *cx, const struct source *s, struct direct *out, bool *found);
