/* What the audio worker does. */
#pragma once

#include "app/handler.h"

#include "convert.h"
#include "proto/audio.h"

extern const struct handler audio_extract, audio_convert, audio_fetch, audio_look, audio_captions, audio_playlist, audio_capture, audio_frames;

/* What is common to them: the file MEDIA_INPUT in c->dir, probed, converted, and its result stored. */
fallible audio_make(struct ctx *cx, const struct container *sniffed, struct conversion *c, struct audio_made *out);
