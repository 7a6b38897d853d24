#include "transcription/digest.h"

SHAPE(chapters_in, "A video to cut into chapters.",
    FIELD(chapters_in, video_url, "Where it is.", .max = 2048),
    FIELD(chapters_in, url,       "Another name of video_url.", .max = 2048),
    FIELD(chapters_in, language,  "BCP 47 tag of what is spoken; auto: the video's own.", .max = 10),
    FIELD(chapters_in, provider,  "The language engine that words titles and summaries; auto: the operator's order.", .max = 40));

SHAPE(digest_in, "Of which transcription, and by whom.",
    FIELD(digest_in, id,       "Its id.", .need = true, .format = &format_uuid),
    FIELD(digest_in, provider, "The language engine that words titles and summaries; auto: the operator's order.", .max = 40));

SHAPE(summary_in, "Of which transcription, and how.",
    FIELD(summary_in, id,       "Its id.", .need = true, .format = &format_uuid),
    FIELD(summary_in, style,    "executive when absent. action_items need a language model.", .one_of = WORDS("executive", "detailed", "bullet_points", "action_items")),
    FIELD(summary_in, provider, "The language engine wanted; auto: the operator's order.", .max = 40));

SHAPE(keywords_in, "Of which transcription.",
    FIELD(keywords_in, id,    "Its id.", .need = true, .format = &format_uuid),
    FIELD(keywords_in, limit, "How many, 1 to 100; 20 when absent.", .min = 1, .max = 100));

SHAPE(chapter_view, "A chapter.",
    FIELD(chapter_view, title,      "Its title."),
    FIELD(chapter_view, start_time, "Seconds."),
    FIELD(chapter_view, end_time,   "Seconds."),
    FIELD(chapter_view, text,       "What is said in it.", .max = 4 << 20),
    FIELD(chapter_view, summary,    "The same in short.", .max = 1 << 20));

SHAPE(chapters_view, "What is said, in chapters.",
    FIELD(chapters_view, video_id,         "The site's own name for the video.", .nullable = true),
    FIELD(chapters_view, title,            "Of the video.", .nullable = true),
    LIST(chapters_view, chapters,          "The chapters.", chapter_view),
    FIELD(chapters_view, full_summary,     "The whole in short; null: not yet.", .nullable = true, .max = 1 << 20),
    FIELD(chapters_view, provider,         "Which engine worded titles and summaries: extract quotes the text.", .nullable = true),
    FIELD(chapters_view, source,           "video: as its author made them; subjects: cut where what is said turns to something else.", .nullable = true),
    FIELD(chapters_view, language,         "BCP 47 tag of titles and summaries.", .nullable = true),
    FIELD(chapters_view, transcription_id, "The transcription that they were made of; null: captions of the site.", .nullable = true),
    FIELD(chapters_view, job_id,           "The job.", .nullable = true),
    FIELD(chapters_view, status,           "Where that stands, or with 202 the transcription.", .need = true));

SHAPE(summary_view, "What is said, in short.",
    FIELD(summary_view, transcription_id, "Of which transcription.", .need = true),
    FIELD(summary_view, style,            "How.", .need = true),
    FIELD(summary_view, summary,          "It; null: not yet.", .nullable = true, .max = 1 << 20),
    FIELD(summary_view, provider,         "Which engine wrote it: extract quotes the text.", .nullable = true),
    FIELD(summary_view, language,         "BCP 47 tag of it.", .nullable = true),
    FIELD(summary_view, job_id,           "The job.", .need = true),
    FIELD(summary_view, status,           "Where that stands.", .need = true));

SHAPE(keyword_view, "A phrase.",
    FIELD(keyword_view, keyword, "As it is said first."),
    FIELD(keyword_view, count,   "How often, in all its inflections."),
    FIELD(keyword_view, score,   "0 to 1: its weight beside that of the first."));

SHAPE(keywords_view, "The phrases that are said again and again, the weightiest first.",
    FIELD(keywords_view, transcription_id, "Of which transcription.", .need = true),
    LIST(keywords_view, keywords,          "They.", keyword_view),
    FIELD(keywords_view, language,         "BCP 47 tag of the text.", .nullable = true),
    FIELD(keywords_view, job_id,           "The job.", .need = true),
    FIELD(keywords_view, status,           "Where that stands.", .need = true));
