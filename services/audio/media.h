/* What a file is: told by its first bytes (sniff.c), then by ffprobe (probe.c). */
#pragma once

#include "base/text.h"

/* A container we read, or a kind of file that people send by mistake. */
struct container {
    const char *demuxer;    /* ffmpeg's name; NULL: not a recording */
    const char *name;       /* for sentences: "MP4", "a PDF document" */
    struct { size_t at; struct bytes is; } magic[2];
    bool (*is)(const uint8_t *at, size_t n);        /* where fixed bytes do not say enough */
};

struct media {
    const struct container *container;
    const char *codec;
    int    channels, rate_hz;
    bool   video;           /* a moving picture; a cover is none */
    double claimed_s;       /* what the header says: for progress, never for a decision; 0: unknown */
};

/* The container these first bytes belong to, or NULL. */
const struct container *container_of_bytes(const uint8_t *at, size_t n);
/* The one ffprobe means by "mov,mp4,m4a,3gp,3g2,mj2", or NULL. */
const struct container *container_of_demuxer(const char *names);
/* All demuxers as ffmpeg's format_whitelist wants them. */
const char *container_demuxers(struct ctx *cx);

/* NULL in *out when the bytes do not tell. MEDIA_UNREADABLE: certainly not a recording. */
fallible media_sniff(struct ctx *cx, int fd, int64_t size, const struct container **out);

/* Asks ffprobe about the file MEDIA_INPUT in `dir`. MEDIA_UNREADABLE, MEDIA_SILENT. */
#define MEDIA_INPUT "input"
fallible media_probe(struct ctx *cx, const char *dir, const struct container *sniffed, struct media *out);
