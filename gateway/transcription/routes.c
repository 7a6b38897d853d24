#include "transcription/export.h"
#include "transcription/transcription.h"

extern const struct area transcription_area;

static const struct route transcription_routes[] = {
    { POST,   "/transcription",             .serve = transcription_create, .name = "transcription_create", .access = USER, .may = "transcriptions:create", .rate = WRITE, .status = 201,
      .in = &transcription_in_shape, .out = &transcription_shape, .location = "/api/v1/transcription/{id}", .idempotent = true,
      .summary = "Have a video transcribed. What was asked for within the last ten seconds and is not done is answered again.", .fails = FAILS(E_USER_UNKNOWN) },
    { GET,    "/transcription",             .serve = transcriptions_list, .name = "transcriptions_list", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &transcriptions_in_shape, .out = &transcriptions_page_shape, .bare = &transcription_shape,
      .summary = "My transcriptions, newest first. X-Total-Count, X-Skip, X-Limit, X-Has-More, Link." },
    { GET,    "/transcription/stats",       &transcription_stats_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "My transcriptions in numbers." },
    { POST,   "/transcription/upload",      .serve = transcription_upload_post, .name = "transcription_upload", .access = USER, .may = "transcriptions:create", .rate = WRITE, .status = 201,
      .in = &transcription_upload_shape, .out = &transcription_shape, .takes = "multipart/form-data", .location = "/api/v1/transcription/{id}", .idempotent = true,
      .summary = "Have a recording transcribed.", .fails = FAILS(E_USER_UNKNOWN, E_FILE_TYPE_REFUSED) },
    { GET,    "/transcription/{id}",        &transcription_get, .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200, .summary = "A transcription, and how far it is.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN) },
    { DELETE, "/transcription/{id}",        .serve = transcription_delete, .name = "transcription_delete", .access = USER, .may = "transcriptions:delete", .rate = WRITE, .status = 204,
      .in = &transcription_ref_shape, .summary = "Delete it, with its files; work that goes on is cancelled.", .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN) },
    { POST,   "/transcription/{id}/cancel", &transcription_cancel_post, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 200, .summary = "End the work on it; it counts as failed, and may be tried again.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN, E_JOB_UNKNOWN, E_JOB_ENDED) },
    { POST,   "/transcription/{id}/retry",  &transcription_retry_post, .access = USER, .may = "transcriptions:update", .rate = WRITE, .status = 202, .summary = "Try again what has failed, from the step that failed.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN, E_JOB_UNKNOWN, E_JOB_RUNNING) },
    { GET,    "/transcription/{id}/events", .serve = transcription_events, .name = "transcription_events", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &transcription_events_in_shape, .type = "text/event-stream", .summary = "Follow it. Resumes after Last-Event-ID, byte for byte, on any gateway.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN, E_JOB_UNKNOWN) },
    { GET,    "/transcription/{id}/export/{format}", .serve = transcription_export, .name = "transcription_export", .access = USER, .may = "transcriptions:read", .rate = READ, .status = 200,
      .in = &export_in_shape, .type = EXPORT_TYPES, .also = 202,
      .summary = "It as a file: txt, srt, vtt, json, md, docx or pdf. With Accept: application/json a text format comes as {transcription_id, format, content, filename}. "
                 "202: a document is still being made; Location tells its job, and the same request gives it later. ETag, If-None-Match; documents: Range.",
      .fails = FAILS(E_TRANSCRIPTION_UNKNOWN, E_TRANSCRIPTION_FOREIGN, E_TRANSCRIPTION_NOT_READY, E_TIMES_ABSENT, E_FILE_UNKNOWN, E_RANGE_INVALID) },
};

AREA(transcription, "Videos and recordings turned into text.");
