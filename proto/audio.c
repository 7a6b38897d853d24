#include "proto/audio.h"

SHAPE(audio_extract, "A recording to make ready for transcription.",
    FIELD(audio_extract, file,          "Blob key of the recording.", .need = true, .min = 1, .max = 200),
    FIELD(audio_extract, transcription, "The transcription that begins with it, for the log.", .max = 36));

SHAPE(audio_convert, "A recording to convert for people.",
    FIELD(audio_convert, file,          "Blob key of the recording.", .need = true, .min = 1, .max = 200),
    FIELD(audio_convert, format,        "What to make; mp3 when absent.", .one_of = WORDS("mp3", "aac", "opus", "wav")),
    FIELD(audio_convert, bit_rate_kbps, "0: the format's usual.", .max = 320));

SHAPE(audio_made, "A converted recording, and what the source was.",
    FIELD(audio_made, file,       "Blob key of the result.", .need = true),
    FIELD(audio_made, type,       "Its media type.", .need = true),
    FIELD(audio_made, codec,      "Codec of the source."),
    FIELD(audio_made, duration_s, "Seconds of sound.", .need = true),
    FIELD(audio_made, size,       "Bytes of the result."),
    FIELD(audio_made, channels,   "Channels of the source."),
    FIELD(audio_made, rate_hz,    "Sample rate of the source."),
    FIELD(audio_made, video,      "The source has a picture."));

SHAPE(audio_fetch, "A video or recording on the web to make ready for transcription.",
    FIELD(audio_fetch, url,           "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(audio_fetch, max_s,         "Longest recording wanted, in seconds; 0: the worker's setting.", .max = 86400),
    FIELD(audio_fetch, transcription, "The transcription that begins with it, for the log.", .max = 36));

SHAPE(audio_fetched, "The sound of a video or recording, and what its site tells about it.",
    FIELD(audio_fetched, file,        "Blob key of the result.", .need = true),
    FIELD(audio_fetched, type,        "Its media type.", .need = true),
    FIELD(audio_fetched, codec,       "Codec of the source."),
    FIELD(audio_fetched, duration_s,  "Seconds of sound.", .need = true),
    FIELD(audio_fetched, size,        "Bytes of the result."),
    FIELD(audio_fetched, channels,    "Channels of the source."),
    FIELD(audio_fetched, rate_hz,     "Sample rate of the source."),
    FIELD(audio_fetched, video,       "What was fetched has a picture."),
    FIELD(audio_fetched, title,       "Its title."),
    FIELD(audio_fetched, uploader,    "Who put it there."),
    FIELD(audio_fetched, webpage,     "The page it belongs to."),
    FIELD(audio_fetched, extractor,   "How it was found: direct, or the name of a reader of that site."),
    FIELD(audio_fetched, thumbnail,   "Address of an image."),
    FIELD(audio_fetched, upload_date, "YYYYMMDD."),
    FIELD(audio_fetched, live,        "It was broadcast live."));

SHAPE(audio_look, "A video or recording on the web to be told about.",
    FIELD(audio_look, url, "Where it is.", .need = true, .min = 1, .max = 2048));

SHAPE(video_chapter, "A part of a video.",
    FIELD(video_chapter, title,   "Its title."),
    FIELD(video_chapter, start_s, "Seconds from the start."),
    FIELD(video_chapter, end_s,   "Seconds from the start."));

SHAPE(audio_looked, "What a site tells about a video or recording.",
    FIELD(audio_looked, video_id,    "The site's own name for it."),
    FIELD(audio_looked, title,       "Its title."),
    FIELD(audio_looked, description, "What the uploader says about it."),
    FIELD(audio_looked, uploader,    "Who put it there."),
    FIELD(audio_looked, channel,     "Address of the uploader's page."),
    FIELD(audio_looked, webpage,     "The page it belongs to."),
    FIELD(audio_looked, extractor,   "Name of the reader of that site."),
    FIELD(audio_looked, thumbnail,   "Address of an image."),
    FIELD(audio_looked, upload_date, "YYYYMMDD."),
    FIELD(audio_looked, language,    "As the site names it."),
    FIELD(audio_looked, duration_s,  "Seconds; null: unknown."),
    FIELD(audio_looked, view_count,  "Null: unknown."),
    FIELD(audio_looked, like_count,  "Null: unknown."),
    FIELD(audio_looked, tags,        "The uploader's words for it."),
    FIELD(audio_looked, categories,  "The site's words for it."),
    LIST(audio_looked, chapters,     "Its parts.", video_chapter),
    FIELD(audio_looked, live,        "It is broadcast now, or will be."),
    FIELD(audio_looked, was_live,    "It was broadcast live."),
    FIELD(audio_looked, live_status, "not_live, is_live, is_upcoming, was_live or post_live."),
    FIELD(audio_looked, viewers,     "Of a broadcast, now."));

SHAPE(audio_captions, "A video whose captions are wanted.",
    FIELD(audio_captions, url,      "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(audio_captions, language, "BCP 47 tag of the captions wanted; when absent the video's own, or one of ten common ones.", .format = &format_language));

SHAPE(caption, "A caption, and when it is shown.",
    FIELD(caption, text,    "What it says."),
    FIELD(caption, start_s, "Seconds."),
    FIELD(caption, end_s,   "Seconds."));

SHAPE(audio_captioned, "What a site's own captions of a video say.",
    FIELD(audio_captioned, video_id,   "The site's own name for it."),
    FIELD(audio_captioned, title,      "Its title."),
    FIELD(audio_captioned, language,   "Of the captions."),
    FIELD(audio_captioned, manual,     "A person made them, no machine."),
    FIELD(audio_captioned, duration_s, "How long the video is."),
    LIST(audio_captioned, captions,    "In their order.", caption, .max = 50000));

SHAPE(audio_playlist, "A list of videos.",
    FIELD(audio_playlist, url,  "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(audio_playlist, most, "So many of its videos, from the first.", .need = true, .min = 1, .max = 50));

SHAPE(listed_video, "A video of a list, as the list tells it.",
    FIELD(listed_video, video_id,   "The site's own name for it."),
    FIELD(listed_video, title,      "Its title."),
    FIELD(listed_video, url,        "Where it is.", .need = true),
    FIELD(listed_video, duration_s, "How long it is."));

SHAPE(audio_listed, "Which videos a list has.",
    FIELD(audio_listed, title, "Of the list."),
    LIST(audio_listed, videos, "In its order.", listed_video, .max = 50));

SHAPE(audio_capture, "A broadcast of which a piece is wanted.",
    FIELD(audio_capture, url,           "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(audio_capture, seconds,       "How long a piece.", .need = true, .min = 1, .max = 3600),
    FIELD(audio_capture, transcription, "The transcription that begins with it, for the log.", .max = 36));

SHAPE(audio_captured, "A piece of a broadcast.",
    FIELD(audio_captured, file,           "Blob key of its sound, for speech recognition.", .need = true),
    FIELD(audio_captured, duration_s,     "Seconds of sound.", .need = true),
    FIELD(audio_captured, title,          "Of the broadcast."),
    FIELD(audio_captured, webpage,        "The page it belongs to."),
    FIELD(audio_captured, recording,      "Blob key of its sound, for people (MP3).", .need = true),
    FIELD(audio_captured, method,         "What took it."),
    FIELD(audio_captured, recording_size, "Bytes of that."),
    FIELD(audio_captured, live,           "It was broadcast when it was taken."));

SHAPE(audio_frames, "A video of which pictures are wanted.",
    FIELD(audio_frames, url,        "Where it is.", .need = true, .min = 1, .max = 2048),
    FIELD(audio_frames, interval_s, "Seconds from one picture to the next.", .need = true, .min = 1, .max = 3600),
    FIELD(audio_frames, most,       "So many pictures at most.", .need = true, .min = 1, .max = 20));

SHAPE(video_frame, "A picture of a video.",
    FIELD(video_frame, at_s, "Seconds from its start."),
    FIELD(video_frame, size, "Bytes."));

SHAPE(audio_framed, "Pictures of a video.",
    FIELD(audio_framed, file,     "Blob key: JPEG images, one behind the other.", .need = true),
    FIELD(audio_framed, video_id, "The site's own name for the video."),
    FIELD(audio_framed, title,    "Its title."),
    LIST(audio_framed, frames,    "In their order.", video_frame, .max = 20));
