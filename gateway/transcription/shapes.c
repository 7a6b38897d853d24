#include "transcription/shapes.h"

SHAPE(transcription_in, "A video to transcribe.",
    FIELD(transcription_in, video_url,   "Where it is. As source_type youtube: youtube.com/watch?v=, youtu.be/, /embed/ or /shorts/.", .max = 2048),
    FIELD(transcription_in, url,         "Another name of video_url.", .max = 2048),
    FIELD(transcription_in, language,    "BCP 47 tag of what is spoken; auto: detected.", .max = 10),
    FIELD(transcription_in, source_type, "youtube when absent; url: any page or file that sound can be taken from.", .one_of = WORDS("youtube", "upload", "url")),
    FIELD(transcription_in, engine,      "The engine wanted; the operator's order when absent.", .max = 40),
    FIELD(transcription_in, prompt,      "Names and terms to expect, comma separated.", .max = 2000),
    FIELD(transcription_in, diarize,     "Tell the speakers apart, with an engine that can."));

SHAPE(transcription_upload, "A recording to transcribe.",
    FIELD(transcription_upload, file,     "The recording: mp3, wav, mp4, m4a, ogg, webm or flac."),
    FIELD(transcription_upload, language, "BCP 47 tag of what is spoken; auto: detected.", .max = 10),
    FIELD(transcription_upload, engine,   "The engine wanted; the operator's order when absent.", .max = 40),
    FIELD(transcription_upload, prompt,   "Names and terms to expect, comma separated.", .max = 2000),
    FIELD(transcription_upload, diarize,  "Tell the speakers apart, with an engine that can."));

SHAPE(youtube_in, "An address.",
    FIELD(youtube_in, video_url, "It.", .max = 2048),
    FIELD(youtube_in, url,       "Another name of video_url.", .max = 2048));

SHAPE(youtube_valid, "Whether it is a video of YouTube's.",
    FIELD(youtube_valid, valid,    "It is, by its form: whether there is such a video is not asked.", .need = true),
    FIELD(youtube_valid, video_id, "Its id there; null: it is none.", .nullable = true),
    FIELD(youtube_valid, url,      "As it was sent.", .need = true));

SHAPE(transcription_ref, "Names a transcription.", FIELD(transcription_ref, id, "Its id.", .need = true, .format = &format_uuid));

SHAPE(transcription_events_in, "Which events.",
    FIELD(transcription_events_in, id,            "Id of the transcription.", .need = true, .format = &format_uuid),
    FIELD(transcription_events_in, last_event_id, "Number of the last event seen, for clients that cannot send the header Last-Event-ID."));

SHAPE(transcription_metadata, "What else is known of it.",
    FIELD(transcription_metadata, mock, "Nobody listened: the text is invented, because the key of the engine is MOCK."));

SHAPE(transcription_progress, "How far it is.",
    FIELD(transcription_progress, percent,     "Of the whole, by what the step at work has told; null: it failed."),
    FIELD(transcription_progress, step,        "What is done now: audio, or stt.", .nullable = true),
    FIELD(transcription_progress, eta_seconds, "Seconds left at the speed so far; null: not known."));

SHAPE(transcription, "A transcription.",
    FIELD(transcription, id,                "Its id.", .need = true),
    FIELD(transcription, user_id,           "Whose it is.", .need = true),
    FIELD(transcription, video_url,         "Where the video is; null: it was uploaded.", .nullable = true),
    FIELD(transcription, language,          "As asked.", .need = true),
    FIELD(transcription, source_type,       "youtube, upload or url.", .need = true),
    FIELD(transcription, original_filename, "Of what was uploaded.", .nullable = true),
    FIELD(transcription, status,            "Where it stands.", .need = true, .one_of = WORDS("pending", "processing", "completed", "failed")),
    FIELD(transcription, text,              "What was said, with its corrections.", .nullable = true),
    FIELD(transcription, confidence,        "Mean over the words, 0 to 1; null: the engine does not say."),
    FIELD(transcription, duration_seconds,  "Of the sound."),
    FIELD(transcription, error,             "Why there is no text.", .nullable = true),
    FIELD(transcription, retry_count,       "How often it has failed."),
    FIELD(transcription, speaker_count,     "How many people speak; null: they were not told apart."),
    FIELD(transcription, sentiment_score,   "null: not measured."),
    FIELD(transcription, created_at,        "When it was asked for.", .need = true),
    FIELD(transcription, updated_at,        "When it changed last.", .need = true),
    FIELD(transcription, completed_at,      "When its text came.", .nullable = true),
    FIELD(transcription, title,             "Of the video.", .nullable = true),
    FIELD(transcription, detected_language, "What was spoken, as the engine says.", .nullable = true),
    FIELD(transcription, engine,            "Which engine heard it.", .nullable = true),
    FIELD(transcription, model,             "Which model of it.", .nullable = true),
    FIELD(transcription, cost_micro,        "Millionths of a US dollar; null: not known."),
    FIELD(transcription, error_code,        "Name of the error.", .nullable = true),
    FIELD(transcription, revision,          "Grows with each correction."),
    FIELD(transcription, job_id,            "Its job.", .need = true),
    OBJECT(transcription, metadata,         "What else is known of it.", transcription_metadata),
    OBJECT(transcription, progress,         "How far it is.", transcription_progress),
    FIELD(transcription, error_text,        "The error as the worker words it.", .hidden = true),
    FIELD(transcription, recording,         "Blob key of what was uploaded.", .hidden = true),
    FIELD(transcription, mock,              "Nobody listened.", .hidden = true),
    FIELD(transcription, step,              "What is done now.", .hidden = true),
    FIELD(transcription, step_place,        "Which that is, from 0.", .hidden = true),
    FIELD(transcription, step_percent,      "How far that is.", .hidden = true),
    FIELD(transcription, is_measured,       "It runs, at its first attempt.", .hidden = true),
    FIELD(transcription, started_at,        "Since when.", .hidden = true),
    FIELD(transcription, seen_at,           "When it told how far it is.", .hidden = true),
    FIELD(transcription, owned,             "How many its owner has, in a list.", .hidden = true));

SHAPE(transcriptions_in, "Which transcriptions.",
    FIELD(transcriptions_in, skip,     "How many to pass over.", .max = 1000000),
    FIELD(transcriptions_in, limit,    "How many, 1 to 1000; 100 when absent.", .min = 1, .max = 1000),
    FIELD(transcriptions_in, status,   "Only those.", .one_of = WORDS("pending", "processing", "completed", "failed")),
    FIELD(transcriptions_in, q,        "Only those with this in their title, address or file name.", .max = 200),
    FIELD(transcriptions_in, envelope, "An object with the page, instead of a bare array."));

SHAPE(transcriptions_page, "A page of transcriptions, newest first. Without envelope the list comes bare.",
    LIST(transcriptions_page, items,     "The transcriptions.", transcription),
    FIELD(transcriptions_page, total,    "How many there are."),
    FIELD(transcriptions_page, skip,     "How many were passed over."),
    FIELD(transcriptions_page, limit,    "How many were asked for."),
    FIELD(transcriptions_page, has_more, "There are older ones."));

SHAPE(transcription_recent, "A recent one.",
    FIELD(transcription_recent, id,         "Its id.", .need = true),
    FIELD(transcription_recent, video_url,  "Where the video is.", .nullable = true),
    FIELD(transcription_recent, status,     "Where it stands.", .need = true),
    FIELD(transcription_recent, created_at, "When it was asked for.", .need = true));

SHAPE(transcription_stats, "The caller's transcriptions in numbers.",
    FIELD(transcription_stats, total_transcriptions,   "All of them."),
    FIELD(transcription_stats, completed,              "With a text."),
    FIELD(transcription_stats, failed,                 "Without one, for good."),
    FIELD(transcription_stats, pending,                "Not begun."),
    FIELD(transcription_stats, processing,             "Being worked on."),
    FIELD(transcription_stats, total_duration_seconds, "Sound heard."),
    FIELD(transcription_stats, avg_confidence,         "Mean of those that have one; null: none has."),
    LIST(transcription_stats, recent_transcriptions,   "The newest.", transcription_recent));
