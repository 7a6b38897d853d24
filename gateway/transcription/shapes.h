#pragma once

#include "data/shape.h"

/* How to listen, as people may choose it. */
struct transcription_in {
    const char *video_url, *url, *language, *source_type, *engine, *prompt;
    bool diarize;
};
struct transcription_upload {
    const char *file;                   /* in the document: a part of the multipart body */
    const char *language, *engine, *prompt;
    bool diarize;
};
struct youtube_in { const char *video_url, *url; };
struct youtube_valid { bool valid; const char *video_id, *url; };
struct transcription_ref { const char *id; };
struct transcription_events_in { const char *id; int64_t last_event_id; };

struct transcription_metadata { bool mock; };
struct transcription_progress { int percent; const char *step; int64_t eta_seconds; };

struct transcription {
    const char *id, *user_id, *job_id, *video_url, *language, *source_type, *original_filename, *title, *status, *text, *error, *error_code,
        *error_text, *detected_language, *engine, *model, *recording;
    double  confidence, sentiment_score;
    int     duration_seconds, retry_count, speaker_count, revision;
    int64_t cost_micro;
    struct transcription_metadata metadata;
    struct transcription_progress progress;
    struct when created_at, updated_at, completed_at;
    /* of its row alone */
    bool        mock, is_measured;
    const char *step;
    int         step_place, step_percent;
    struct when started_at, seen_at;
    int64_t     owned;
};

struct transcriptions_in {
    int skip, limit;
    const char *status, *q;
    bool envelope;
};
struct transcriptions_page { LIST_OF(struct transcription) items; int64_t total; int skip, limit; bool has_more; };

struct transcription_recent { const char *id, *video_url, *status; struct when created_at; };
struct transcription_stats {
    int64_t total_transcriptions, completed, failed, pending, processing, total_duration_seconds;
    double  avg_confidence;
    LIST_OF(struct transcription_recent) recent_transcriptions;
};

extern const struct shape youtube_in_shape, youtube_valid_shape, transcription_in_shape, transcription_upload_shape, transcription_ref_shape, transcription_events_in_shape, transcription_metadata_shape,
    transcription_progress_shape, transcription_shape, transcriptions_in_shape, transcriptions_page_shape, transcription_recent_shape,
    transcription_stats_shape;
