/* Inside the exports: a transcription in the formats that are text, and what is said about it in all of them. */
#pragma once

#include "transcription/export_speech.h"

struct export_look { bool timestamps, speakers, english; };

/* What to call it: its title, else what it was made of. */
const char *export_title(const struct transcript_view *t, bool english);
/* Who speaks: "A" is told as "Intervenant A", another name as it is. */
const char *speaker_label(struct ctx *cx, const char *speaker, bool english);
const char *time_label(struct ctx *cx, double s);       /* 01:02:03 */

struct facts { LIST_OF(struct fact) facts; };
struct facts export_facts(struct ctx *cx, const struct transcript_view *t, const struct speech *s, bool english);

/* What a document is made of, for palabre-document. */
struct document_material export_material(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);

/* srt and vtt: NULL when nothing in the transcription has a time. */
struct bytes export_srt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);
struct bytes export_vtt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);
struct bytes export_txt(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);
struct bytes export_md(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);
struct bytes export_json(struct ctx *cx, const struct transcript_view *t, const struct export_look *look);
