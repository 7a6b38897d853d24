#include "transcription/analyze.h"
#include "transcription/capture.h"
#include "transcription/digest.h"
#include "transcription/edit.h"
#include "transcription/export.h"
#include "transcription/playlist.h"
#include "transcription/search.h"
#include "transcription/smart.h"
#include "transcription/transcription.h"
#include "transcription/uploads.h"
#include "transcription/video.h"

#define OF_SITES E_URL_UNSUPPORTED, E_EGRESS_REFUSED, E_VIDEO_UNAVAILABLE, E_VIDEO_PRIVATE, E_VIDEO_LOGIN, E_VIDEO_GEO_BLOCKED, E_VIDEO_LIVE, E_VIDEO_PLAYLIST, E_VIDEO_BLOCKED, \
                 E_SITE_DOWN, E_SITE_BUSY, E_MEDIA_UNREADABLE, E_MEDIA_SILENT, E_MEDIA_TOO_LONG, E_ENGINE_DISABLED, E_FETCH_FAILED, E_DEADLINE_PASSED
#define OF_HEARING E_CAPTIONS_ABSENT, E_LANGUAGE_REFUSED, E_SPEECH_ABSENT, E_ENGINE_REFUSED, E_ENGINE_QUOTA, E_CANCELLED, E_MEDIA_TOO_LARGE, E_USER_UNKNOWN
#define OF_WORDING E_ENGINE_BUSY, E_ENGINE_DOWN, E_ENGINE_BROKEN, E_TIMEOUT, E_TOKENS_SPENT
#define OF_DIGEST OF_ONE, E_TRANSCRIPTION_NOT_READY, E_SPEECH_ABSENT, E_ENGINE_REFUSED, E_ENGINE_DISABLED, E_ENGINE_QUOTA, E_DEADLINE_PASSED, E_CANCELLED, OF_WORDING
#define OF_SEEING E_TOKENS_SPENT, E_SIGHT_DISABLED, E_ENGINE_REFUSED, E_ENGINE_QUOTA, E_ENGINE_BUSY, E_ENGINE_DOWN, E_ENGINE_BROKEN, E_TIMEOUT, E_CANCELLED, E_MEDIA_TOO_LARGE, E_FILE_UNKNOWN
#define RECORDINGS "audio/mpeg,audio/wav,audio/mp4,audio/ogg,audio/flac,video/mp4,video/webm,application/octet-stream"
#define OF_ONE E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN

extern const struct area transcription_area;

static const struct route transcription_routes[] = {
    { POST,   "/transcription",             .serve = transcription_create, .name = "transcription_create", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 201,
      .in = &transcription_in_shape, .out = &transcription_shape, .location = "/api/v1/transcription/{id}", .idempotent = true,
      .summary = "Have a video transcribed. What was asked for within the last ten seconds and is not done is answered again.", .fails = FAILS(E_USER_UNKNOWN) },
    { GET,    "/transcription",             .serve = transcriptions_list, .name = "transcriptions_list", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &transcriptions_in_shape, .out = &transcriptions_page_shape, .bare = &transcription_shape,
      .summary = "My transcriptions, newest first. X-Total-Count, X-Skip, X-Limit, X-Has-More, Link." },
    { GET,    "/transcription/stats",       &transcription_stats_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "My transcriptions in numbers." },
    { POST,   "/transcription/upload",      .serve = transcription_upload_post, .name = "transcription_upload", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 201,
      .in = &transcription_upload_shape, .out = &transcription_shape, .takes = "multipart/form-data", .location = "/api/v1/transcription/{id}", .idempotent = true,
      .summary = "Have a recording transcribed.", .fails = FAILS(E_USER_UNKNOWN, E_FILE_TYPE_REFUSED) },
    { POST,   "/transcription/uploads",     .serve = upload_begin, .name = "upload_begin", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 201, .in = &upload_in_shape, .out = &upload_shape,
      .location = "/api/v1/transcription/uploads/{id}", .summary = "Begin to send a recording in parts.", .fails = FAILS(E_FILE_TYPE_REFUSED, E_UPLOADS_OPEN) },
    { GET,    "/transcription/uploads/{id}", .serve = upload_tell, .name = "upload_get", .access = USER, .may = "transcriptions:create", .rate = READ, .status = 200, .in = &upload_ref_shape, .out = &upload_shape,
      .summary = "How much of it is here; HEAD tells it in Upload-Offset.", .fails = FAILS(E_UPLOAD_UNKNOWN) },
    { PATCH,  "/transcription/uploads/{id}", .serve = upload_append, .name = "upload_append", .access = USER, .may = "transcriptions:create", .rate = WRITE, .status = 200, .in = &upload_ref_shape, .out = &upload_shape,
      .takes = "application/octet-stream", .summary = "The next part; the header Upload-Offset says where it begins.", .fails = FAILS(E_UPLOAD_UNKNOWN, E_UPLOAD_OFFSET, E_UPLOADS_OPEN) },
    { DELETE, "/transcription/uploads/{id}", .serve = upload_drop, .name = "upload_drop", .access = USER, .may = "transcriptions:create", .rate = WRITE, .status = 204, .in = &upload_ref_shape,
      .summary = "Give it up.", .fails = FAILS(E_UPLOAD_UNKNOWN) },
    { POST,   "/transcription/uploads/{id}/complete", .serve = upload_complete, .name = "upload_complete", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 201, .in = &upload_done_shape,
      .out = &transcription_shape, .location = "/api/v1/transcription/{id}", .summary = "Have it transcribed.", .fails = FAILS(E_UPLOAD_UNKNOWN, E_UPLOAD_INCOMPLETE, E_USER_UNKNOWN) },
    { GET,    "/transcription/{id}",        &transcription_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "A transcription, and how far it is.",
      .fails = FAILS(OF_ONE) },
    { DELETE, "/transcription/{id}",        .serve = transcription_delete, .name = "transcription_delete", .access = USER, .may = "transcriptions:delete", .rate = WRITE, .status = 204,
      .in = &transcription_ref_shape, .summary = "Delete it, with its files; work that goes on is cancelled.", .fails = FAILS(OF_ONE) },
    { POST,   "/transcription/{id}/cancel", &transcription_cancel_post, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 200, .summary = "End the work on it; it counts as failed, and may be tried again.",
      .fails = FAILS(OF_ONE, E_JOB_UNKNOWN, E_JOB_ENDED) },
    { POST,   "/transcription/{id}/retry",  &transcription_retry_post, .access = USER, .may = "transcriptions:update", .verified = true, .rate = WRITE, .status = 202, .summary = "Try again what has failed, from the step that failed.",
      .fails = FAILS(OF_ONE, E_JOB_UNKNOWN, E_JOB_RUNNING) },
    { GET,    "/transcription/{id}/events", .serve = transcription_events, .name = "transcription_events", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &transcription_events_in_shape, .type = "text/event-stream", .summary = "Follow it. Resumes after Last-Event-ID, byte for byte, on any gateway.",
      .fails = FAILS(OF_ONE, E_JOB_UNKNOWN) },
    { GET,    "/transcription/{id}/export/{format}", .serve = transcription_export, .name = "transcription_export", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &export_in_shape, .type = EXPORT_TYPES, .also = 202,
      .summary = "It as a file: txt, srt, vtt, json, md, docx or pdf. With Accept: application/json a text format comes as {transcription_id, format, content, filename}. "
                 "202: a document is still being made; Location tells its job, and the same request gives it later. ETag, If-None-Match; documents: Range.",
      .fails = FAILS(OF_ONE, E_TRANSCRIPTION_NOT_READY, E_TIMES_ABSENT, E_FILE_UNKNOWN, E_RANGE_INVALID) },
    { GET,    "/transcription/{id}/segments", &transcription_segments_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "Its text in segments, with times and speakers.",
      .fails = FAILS(OF_ONE, E_TRANSCRIPTION_NOT_READY) },
    { PATCH,  "/transcription/{id}/segments/{n}", &transcription_segment_patch, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 200,
      .summary = "Correct a segment. 409 when somebody was faster: read it again.", .fails = FAILS(OF_ONE, E_TRANSCRIPTION_NOT_READY, E_TRANSCRIPTION_CHANGED, E_SEGMENT_UNKNOWN) },
    { GET,    "/transcription/{id}/history", &transcription_history_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "Its corrections, the newest first.", .fails = FAILS(OF_ONE) },
    { POST,   "/transcription/{id}/history/{n}/revert", &transcription_revert_post, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 200,
      .summary = "The segment says again what it said before that correction.", .fails = FAILS(OF_ONE, E_TRANSCRIPTION_NOT_READY, E_TRANSCRIPTION_CHANGED, E_SEGMENT_UNKNOWN) },
    { GET,    "/transcription/{id}/search", &transcription_search_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "Where something is said, whatever its case and accents.",
      .fails = FAILS(OF_ONE, E_TRANSCRIPTION_NOT_READY) },
    { GET,    "/transcription/{id}/chapters", .serve = transcription_chapters, .name = "transcription_chapters", .access = USER, .may = "transcriptions:read", .rate = WRITE, .status = 200, .in = &digest_in_shape,
      .out = &chapters_view_shape, .also = 202, .spends = true, .summary = "It in chapters, cut where what is said turns to something else; each with a title and a summary. Made once for a revision. 202 when it takes longer than 25 seconds; Location tells the job.",
      .fails = FAILS(OF_DIGEST) },
    { GET,    "/transcription/{id}/summary", .serve = transcription_summary, .name = "transcription_summary", .access = USER, .may = "transcriptions:read", .rate = WRITE, .status = 200, .in = &summary_in_shape,
      .out = &summary_view_shape, .also = 202, .spends = true, .summary = "It in short. Made once for a revision and a style. 202 when it takes longer than 25 seconds; Location tells the job.",
      .fails = FAILS(OF_DIGEST) },
    { GET,    "/transcription/{id}/keywords", .serve = transcription_keywords, .name = "transcription_keywords", .access = USER, .may = "transcriptions:read", .rate = WRITE, .status = 200, .in = &keywords_in_shape,
      .out = &keywords_view_shape, .also = 202, .summary = "The phrases that it comes back to, counted. 202 when it takes longer than 25 seconds; Location tells the job.",
      .fails = FAILS(OF_DIGEST) },
    { POST,   "/transcription/auto-chapter", .serve = auto_chapter, .name = "transcription_auto_chapter", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &chapters_in_shape,
      .out = &chapters_view_shape, .also = 202, .spends = true, .summary = "A video in chapters: its author's where it has any, else by subject; of the caller's transcription of it, of the site's captions, or of a new transcription. "
      "202 when it takes longer than 25 seconds; Location tells where it will be, and the same request gives it later.",
      .fails = FAILS(OF_SITES, OF_HEARING, OF_WORDING, E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_NOT_READY) },
    { POST,   "/youtube/validate", &youtube_validate_post, .access = USER, .may = "transcriptions:create", .rate = READ, .status = 200, .summary = "Is it the address of a video of YouTube's?" },
    { POST,   "/transcription/metadata", .serve = video_metadata, .name = "transcription_metadata", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &video_in_shape, .out = &video_shape, .also = 202,
      .summary = "What a site tells about a video. 202 when it takes longer than 25 seconds; Location tells the job.", .fails = FAILS(OF_SITES) },
    { POST,   "/youtube/metadata",       .serve = video_metadata, .name = "youtube_metadata", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &video_in_shape, .out = &video_shape, .also = 202,
      .summary = "The same as /transcription/metadata.", .fails = FAILS(OF_SITES) },
    { POST,   "/transcription/smart-transcribe", .serve = smart_transcribe, .name = "transcription_smart", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &smart_in_shape,
      .out = &smart_shape, .also = 202, .summary = "What is said in a video: by the site's captions, or by a transcription of one's own. 202 when it takes longer than 25 seconds; Location tells where it will be.",
      .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/youtube/smart",          .serve = smart_transcribe, .name = "youtube_smart", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &smart_in_shape, .out = &smart_shape, .also = 202,
      .summary = "The same as /transcription/smart-transcribe.", .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/youtube/transcript",     .serve = smart_transcribe, .name = "youtube_transcript", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &smart_in_shape, .out = &smart_shape, .also = 202,
      .summary = "The same as /transcription/smart-transcribe.", .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/transcription/stream/status", .serve = stream_status_post, .name = "transcription_stream_status", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &stream_in_shape,
      .out = &stream_status_shape, .also = 202, .summary = "Is it broadcast now?", .fails = FAILS(OF_SITES) },
    { POST,   "/youtube/stream/status",  .serve = stream_status_post, .name = "youtube_stream_status", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &stream_in_shape,
      .out = &stream_status_shape, .also = 202, .summary = "The same as /transcription/stream/status.", .fails = FAILS(OF_SITES) },
    { POST,   "/transcription/playlist", .serve = playlist_post, .name = "transcription_playlist", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &playlist_in_shape,
      .out = &playlist_shape, .also = 202, .summary = "What is said in the videos of a list: of each by its site's captions, or by a transcription of one's own. A video that fails is a row that says so. "
                                                      "202 when it takes longer than 25 seconds; Location tells how far it is.",
      .fails = FAILS(OF_SITES, OF_HEARING) },
    { GET,    "/transcription/playlist/{id}", &playlist_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "How far a list of one's own is.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN) },
    { POST,   "/transcription/playlist/{id}/cancel", &playlist_cancel_post, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 200,
      .summary = "End what is not done of a list; what is done stays. Of one that is over: how it went.", .fails = FAILS(E_TRANSCRIPTION_UNKNOWN) },
    { POST,   "/youtube/playlist",       .serve = playlist_post, .name = "youtube_playlist", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &playlist_in_shape,
      .out = &playlist_shape, .also = 202, .summary = "The same as /transcription/playlist.", .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/transcription/stream/capture", .serve = capture_post, .name = "transcription_stream_capture", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &capture_in_shape,
      .out = &capture_shape, .also = 202, .summary = "A piece of a broadcast, and what is said in it; it is a transcription of one's own. 202 when it takes longer than 25 seconds; Location tells how far it is.",
      .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/youtube/stream/capture", .serve = capture_post, .name = "youtube_stream_capture", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &capture_in_shape,
      .out = &capture_shape, .also = 202, .summary = "The same as /transcription/stream/capture.", .fails = FAILS(OF_SITES, OF_HEARING) },
    { POST,   "/transcription/video/analyze", .serve = analyze_post, .name = "transcription_video_analyze", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &analyze_in_shape,
      .out = &analysis_shape, .also = 202, .spends = true, .summary = "What a video shows: pictures of it, described by the model that LLM_VISION_MODEL names. 202 when it takes longer than 25 seconds; Location tells how far it is.",
      .fails = FAILS(OF_SITES, OF_SEEING) },
    { GET,    "/transcription/video/analyze/{id}", &analysis_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "How far an analysis of one's own is.",
      .fails = FAILS(E_JOB_UNKNOWN) },
    { POST,   "/youtube/analyze",        .serve = analyze_post, .name = "youtube_analyze", .access = USER, .may = "transcriptions:create", .verified = true, .rate = WRITE, .status = 200, .in = &analyze_in_shape,
      .out = &analysis_shape, .also = 202, .spends = true, .summary = "The same as /transcription/video/analyze.", .fails = FAILS(OF_SITES, OF_SEEING) },
    { GET,    "/transcription/{id}/recording", .serve = recording_get, .name = "transcription_recording", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .in = &transcription_ref_shape,
      .type = RECORDINGS, .summary = "What was uploaded, or taken of a broadcast: for its owner. ETag, Range.", .fails = FAILS(OF_ONE, E_FILE_UNKNOWN, E_RANGE_INVALID) },
};

AREA(transcription, "Videos and recordings turned into text.");
