#pragma once

#include "proto/stt.h"

struct export_in {
    const char *id, *format, *language, *wrap, *timestamps, *speakers;
};

struct export_out { const char *transcription_id, *format, *content, *filename; };

struct export_later { const char *job_id, *state; };

struct transcript_file {
    const char *id, *title, *video_url, *original_filename, *language, *engine, *text;
    struct when created_at, completed_at;
    double confidence;
    int    duration_seconds, revision, speaker_count;
    LIST_OF(struct segment) segments;
    LIST_OF(struct word)    words;
};

extern const struct shape export_in_shape, export_out_shape, export_later_shape, transcript_file_shape;
