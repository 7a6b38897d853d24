/* What is said about a transcription, in French or English. */
#include "transcription/export_write.h"

#include "base/clock.h"

#include <math.h>
#include <string.h>

#define FACTS_MOST 8

static const struct { const char *tag, *french, *english; } languages[] = {
    { "fr", "français", "French" },      { "en", "anglais", "English" },    { "es", "espagnol", "Spanish" },  { "de", "allemand", "German" },
    { "it", "italien", "Italian" },      { "pt", "portugais", "Portuguese" }, { "ar", "arabe", "Arabic" },    { "nl", "néerlandais", "Dutch" },
    { "zh", "chinois", "Chinese" },      { "ja", "japonais", "Japanese" },  { "ko", "coréen", "Korean" },     { "ru", "russe", "Russian" },
    { "sw", "swahili", "Swahili" },      { "ln", "lingala", "Lingala" },    { "wo", "wolof", "Wolof" },       { "ha", "haoussa", "Hausa" },
};

static const char *const months[][2] = {
    { "janvier", "January" }, { "février", "February" }, { "mars", "March" },          { "avril", "April" },     { "mai", "May" },           { "juin", "June" },
    { "juillet", "July" },    { "août", "August" },      { "septembre", "September" }, { "octobre", "October" }, { "novembre", "November" }, { "décembre", "December" },
};

const char *export_title(const struct transcript_view *t, bool english)
{
    const char *texts[] = { t->title, t->original_filename };

    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i] && texts[i][strspn(texts[i], " \t\r\n")])
            return texts[i];
    return english ? "Transcript" : "Transcription";
}

const char *speaker_label(struct ctx *cx, const char *speaker, bool english)
{
    bool letter = *speaker >= 'A' && *speaker <= 'Z' && strspn(speaker, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(speaker) && strlen(speaker) < 3;

    return letter ? arena_fmt(cx->arena, "%s %s", english ? "Speaker" : "Intervenant", speaker) : speaker;
}

const char *time_label(struct ctx *cx, double s)
{
    long long all = (long long)s;

    return arena_fmt(cx->arena, "%02lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
}

static const char *language_name(const char *tag, bool english)
{
    size_t n = strcspn(tag, "-");

    for (size_t i = 0; i < COUNT(languages); i++)
        if (strlen(languages[i].tag) == n && !strncmp(languages[i].tag, tag, n))
            return english ? languages[i].english : languages[i].french;
    return tag;
}

static const char *duration_text(struct ctx *cx, int s)
{
    if (s >= 3600)
        return arena_fmt(cx->arena, "%d h %02d min", s / 3600, s / 60 % 60);
    return s >= 60 ? arena_fmt(cx->arena, "%d min %02d s", s / 60, s % 60) : arena_fmt(cx->arena, "%d s", s);
}

static const char *date_text(struct ctx *cx, struct when at, bool english)
{
    char iso[CLOCK_ISO_BYTES];
    int64_t month, day;

    clock_iso(at.ms, iso);
    bool read = text_to_long(iso + 5, 2, &month) && text_to_long(iso + 8, 2, &day) && month >= 1 && month <= 12;
    if (!read)
        return iso[0] ? arena_fmt(cx->arena, "%s", iso) : "";
    return arena_fmt(cx->arena, "%lld%s %s %.4s", (long long)day, day == 1 && !english ? "er" : "", months[month - 1][english], iso);
}

static void fact_add(struct facts *to, const char *label, const char *value)
{
    if (value && *value)
        to->facts.at[to->facts.n++] = (struct fact){ label, value };
}

struct facts export_facts(struct ctx *cx, const struct transcript_view *t, const struct speech *s, bool english)
{
    struct facts out = { { NEWS(cx, struct fact, FACTS_MOST), 0 } };
    bool known = !isnan(t->confidence) && t->confidence > 0;

    fact_add(&out, "Source", t->video_url ? t->video_url : t->original_filename);
    fact_add(&out, english ? "Duration" : "Durée", t->duration_seconds > 0 ? duration_text(cx, t->duration_seconds) : NULL);
    fact_add(&out, english ? "Language" : "Langue", t->language ? language_name(t->language, english) : NULL);
    fact_add(&out, english ? "Speakers" : "Intervenants", s->speakers > 1 ? arena_fmt(cx->arena, "%d", s->speakers) : NULL);
    fact_add(&out, english ? "Engine" : "Moteur", t->engine);
    fact_add(&out, english ? "Confidence" : "Confiance", known ? arena_fmt(cx->arena, "%.0f %%", t->confidence * 100) : NULL);
    fact_add(&out, "Date", t->created_at.ms ? date_text(cx, t->created_at, english) : NULL);
    return out;
}

struct document_material export_material(struct ctx *cx, const struct transcript_view *t, const struct export_look *look)
{
    struct speech s = speech_of(cx, t);
    struct turns turns = turns_cut(cx, &s);
    struct facts facts = export_facts(cx, t, &s, look->english);

    for (size_t i = 0; i < turns.turns.n; i++) {
        struct turn *turn = &turns.turns.at[i];
        turn->start = look->timestamps ? turn->start : REAL_NONE;
        turn->speaker = turn->speaker && look->speakers ? speaker_label(cx, turn->speaker, look->english) : NULL;
    }
    const char *language = t->language && !format_language.check(t->language, strlen(t->language)) ? t->language : NULL;
    return (struct document_material){ .title = export_title(t, look->english), .language = language, .labels = look->english ? "en" : "fr",
                                       .facts = { facts.facts.at, facts.facts.n }, .turns = { turns.turns.at, turns.turns.n } };
}
