/* Captions that a site has of a video: which of them to take, and what they say (WebVTT, W3C). */
#pragma once

#include "proto/audio.h"
#include "ytdlp.h"

/* Those of a video in one language. Made by a person, or by a machine from the sound; what a machine translated is none. */
struct track { const char *language, *url; bool manual; };

/* `language` NULL: the video's own, or the first of those that people ask for most. False: there are none. */
bool track_find(struct ctx *cx, const struct site_video *v, const char *language, struct track *out);

/* Cues in their order, without tags; of lines that roll up each is said once. False: it is no WebVTT. */
struct captions { LIST_OF(struct caption) cues; };
bool vtt_read(struct ctx *cx, struct bytes file, struct captions *out);
