/* A talk is cut where it turns to something else; its parts are titled and summed up; what engines write of that is read. */
#include "test.h"

#include "base/clock.h"
#include "chapters_told.h"
#include "engine.h"
#include "extract/phrases.h"
#include "extract/topics.h"
#include "handler.h"

#include <stdlib.h>

static const char *const school[] = {
    "Le conseil municipal a voté le budget de l'école primaire.", "L'école compte deux cents élèves et huit enseignants.",
    "Le toit de l'école fuit depuis trois ans.", "Les travaux du toit commenceront en juillet, pendant les vacances des élèves.",
    "Le budget prévoit quarante millions pour le toit et dix pour la cour de l'école.", "Les enseignants demandent aussi une bibliothèque pour les élèves.",
    "Le maire a promis aux enseignants que la bibliothèque serait dans le budget suivant.", "Les parents des élèves ont applaudi le vote du budget.",
    "Une entreprise de la région fera les travaux de l'école.", "Les élèves auront cours dans la mairie si les travaux durent.",
};
static const char *const football[] = {
    "L'équipe de football a gagné son match contre la capitale.", "Le gardien a arrêté deux tirs dans les dernières minutes du match.",
    "L'entraîneur a changé trois joueurs à la mi-temps.", "Le premier but est venu d'un corner de l'ailier gauche.",
    "Les supporters ont envahi le stade après le but de la victoire.", "L'équipe est maintenant deuxième du championnat.",
    "L'entraîneur croit que ses joueurs peuvent gagner le championnat.", "Le prochain match se jouera dans le stade du rival.",
    "Le gardien, blessé à la main, manquera ce match.", "Un jeune joueur prendra sa place dans les buts de l'équipe.",
};
static const char *const recipe[] = {
    "Pour le poulet aux arachides, faites dorer les oignons dans l'huile.", "Ajoutez le poulet coupé et laissez cuire dix minutes.",
    "La pâte d'arachide se délaie dans l'eau chaude avant d'entrer dans la sauce.", "Versez la sauce sur le poulet et salez.",
    "Les oignons doivent fondre dans la sauce.", "Une tomate et un piment donnent du goût à la sauce d'arachide.",
    "Laissez cuire la sauce à feu doux une demi-heure.", "Servez le poulet avec du riz blanc.",
    "Le riz absorbe l'huile de la sauce.", "Si la sauce est trop épaisse, ajoutez un peu d'eau chaude.",
};

#define TALK (COUNT(school) + COUNT(football) + COUNT(recipe))

/* The three one behind the other, a sentence every five seconds; `silence_s` before each new subject. */
static struct llm_chapters talk(struct ctx *cx, double silence_s)
{
    struct llm_chapters in = { .engine = "extract", .segments = { NEWS(cx, struct spoken, TALK), 0 } };
    double at = 0;

    for (size_t i = 0; i < TALK; i++) {
        const char *text = i < 10 ? school[i] : i < 20 ? football[i - 10] : recipe[i - 20];
        at += i == 10 || i == 20 ? silence_s : 0.2;
        in.segments.at[in.segments.n++] = (struct spoken){ text, at, at + 4.8 };
        at += 4.8;
    }
    return in;
}

static struct chapters cut(struct ctx *cx, struct llm_chapters *in)
{
    struct chapters out = { .engine = NULL };

    CHECK_OK(chapters.run(cx, in, &out));
    return out;
}

TEST(a_talk_is_cut_where_it_turns_to_something_else)
{
    struct llm_chapters in = talk(cx, 0.2);
    struct chapters c = cut(cx, &in);

    CHECK_INT(c.sections.n, 3);
    if (c.sections.n != 3)
        return;
    CHECK(c.sections.at[1].start_s == in.segments.at[10].start && c.sections.at[2].start_s == in.segments.at[20].start);
    CHECK(c.sections.at[0].start_s == in.segments.at[0].start && c.sections.at[0].end_s == in.segments.at[9].end && c.sections.at[2].end_s == in.segments.at[29].end);
    CHECK(text_starts(c.sections.at[1].text, football[0]));
    CHECK_HAS(c.sections.at[1].text, football[9]);
    CHECK(!strstr(c.sections.at[1].text, recipe[0]));
}

TEST(titles_and_summaries_are_words_of_their_part)
{
    struct llm_chapters in = talk(cx, 3);
    struct chapters c = cut(cx, &in);

    CHECK_TEXT(c.engine, "extract");
    CHECK_TEXT(c.language, "fr");
    CHECK(c.cost_micro == 0 && c.prompt_tokens == LONG_NONE);
    if (c.sections.n != 3)
        SAY("%zu chapters", c.sections.n);
    CHECK_TEXT(c.sections.at[0].title, "École");
    CHECK_TEXT(c.sections.at[1].title, "Match");
    CHECK_TEXT(c.sections.at[2].title, "Sauce");
    CHECK_HAS(c.sections.at[0].summary, school[0]);
    for (size_t i = 0; i < 3; i++)
        CHECK(strlen(c.sections.at[i].summary) < strlen(c.sections.at[i].text) / 2);
    CHECK_HAS(c.summary, school[0]);
}

TEST(one_subject_is_one_chapter)
{
    struct llm_chapters in = talk(cx, 0.2);

    in.segments.n = COUNT(school);
    CHECK_INT(cut(cx, &in).sections.n, 1);
    for (size_t i = 0; i < TALK; i++)                           /* the same again and again */
        in.segments.at[i].text = school[i % COUNT(school)];
    in.segments.n = TALK;
    CHECK_INT(cut(cx, &in).sections.n, 1);
}

TEST(captions_without_full_stops_are_cut_as_well)
{
    struct llm_chapters in = talk(cx, 0.2), bare = { .engine = "extract", .segments = { NEWS(cx, struct spoken, TALK * 2), 0 } };

    for (size_t i = 0; i < TALK; i++) {                         /* each sentence in two captions, without its full stop */
        const struct spoken *s = &in.segments.at[i];
        size_t n = strlen(s->text) - 1, half = n / 2;
        while (s->text[half] != ' ')
            half++;
        bare.segments.at[2 * i] = (struct spoken){ arena_text(cx->arena, s->text, half), s->start, s->start + 2.4 };
        bare.segments.at[2 * i + 1] = (struct spoken){ arena_text(cx->arena, s->text + half + 1, n - half - 1), s->start + 2.4, s->end };
    }
    bare.segments.n = TALK * 2;
    struct chapters c = cut(cx, &bare);
    CHECK_INT(c.sections.n, 3);
    for (size_t i = 1; i < c.sections.n; i++)                   /* to the caption or so: nothing tells where the sentence ends */
        CHECK(c.sections.at[i].start_s > 50.0 * (double)i - 25 && c.sections.at[i].start_s < 50.0 * (double)i + 25);
}

TEST(chapters_that_are_given_keep_titles_and_times)
{
    struct llm_chapters in = talk(cx, 0.2);
    struct llm_section given[] = { { "Conseil", 0, 50 }, { "Sport", 50, 100 }, { "Cuisine", 100, 150 }, { "Fin", 150, 160 } };

    in.sections.at = given, in.sections.n = COUNT(given);
    struct chapters c = cut(cx, &in);
    CHECK_INT(c.sections.n, COUNT(given));
    for (size_t i = 0; i < COUNT(given); i++) {
        CHECK_TEXT(c.sections.at[i].title, given[i].title);
        CHECK(c.sections.at[i].start_s == given[i].start_s && c.sections.at[i].end_s == given[i].end_s);
    }
    CHECK(text_starts(c.sections.at[1].text, football[0]));
    CHECK_HAS(c.sections.at[2].text, recipe[9]);
    CHECK_TEXT(c.sections.at[3].text, "");
    CHECK_TEXT(c.sections.at[3].summary, "");                   /* nothing is said there, so nothing is summed up */
}

TEST(what_has_no_times_or_no_words_is_not_cut_by_them)
{
    struct llm_chapters in = talk(cx, 0.2);
    struct spoken silent[] = { { " ", 0, 1 }, { NULL, 1, 2 } };
    struct chapters out = { 0 };

    for (size_t i = 0; i < TALK; i++)
        in.segments.at[i].start = in.segments.at[i].end = 0;
    CHECK_INT(cut(cx, &in).sections.n, 3);
    in.segments.at = silent, in.segments.n = COUNT(silent);
    CHECK_FAILS(chapters.run(cx, &in, &out), INPUT_INVALID);
    in.segments.n = 0;
    CHECK_FAILS(chapters.run(cx, &in, &out), INPUT_INVALID);
    in = talk(cx, 0);
    in.engine = "claude";
    CHECK_FAILS(chapters.run(cx, &in, &out), ENGINE_REFUSED);
}

TEST(phrases_are_told_once_the_weightiest_first)
{
    static const char text[] = "L'appel d'offres du pont a été annulé. Un nouvel appel d'offres sera lancé. Les appels d'offres du pont coûtent cher. "
                               "Le pont de 2025 est fermé. Nous avons vu le maire.";
    struct llm_keywords in = { .text = text, .most = 4 };
    struct keywords k = { .engine = NULL };

    NEED_OK(keywords.run(cx, &in, &k));
    CHECK_INT(k.keywords.n, 4);
    CHECK_TEXT(k.keywords.at[0].keyword, "appel d'offres");
    CHECK_INT(k.keywords.at[0].count, 3);
    CHECK(k.keywords.at[0].score == 1);
    for (size_t i = 1; i < k.keywords.n; i++) {
        CHECK(k.keywords.at[i].score <= k.keywords.at[i - 1].score && k.keywords.at[i].count > 0);
        CHECK(strcmp(k.keywords.at[i].keyword, "2025") && strcmp(k.keywords.at[i].keyword, "offres"));
    }
    in.text = "… ! 12 34";
    k = (struct keywords){ .engine = NULL };
    NEED_OK(keywords.run(cx, &in, &k));
    CHECK_INT(k.keywords.n, 0);
}

/* --- what engines write of chapters --- */

TEST(what_models_write_of_chapters_is_read)
{
    struct told t[3];

    CHECK(chapters_told(cx, "Voici :\n## Le toit\nIl fuit\n  depuis longtemps.\n\n## **2. Le match** ##\r\nGagné.\n## =\nUn toit\n\net un match.", t, 2));
    CHECK_TEXT(t[0].title, "Le toit");
    CHECK_TEXT(t[0].summary, "Il fuit depuis longtemps.");
    CHECK_TEXT(t[1].title, "2. Le match");
    CHECK_TEXT(t[2].summary, "Un toit et un match.");
}

TEST(what_are_not_these_chapters_is_told_apart)
{
    static const char *const wrong[] = {
        "", "Je ne sais pas.", "## A\nx\n## =\ny", "## A\nx\n## B\ny\n## C\nz\n## =\nw", "## A\nx\n## B\ny", "## A\n## B\ny\n## =\nz", "## =\nx\n## A\ny\n## B\nz",
        "## A\nx\n## B\ny\n## Tout\nz", "## \nx\n## B\ny\n## =\nz", "## A\nx\n## B\ny\n## =\n",
    };
    struct told t[3];

    for (size_t i = 0; i < COUNT(wrong); i++)
        if (chapters_told(cx, wrong[i], t, 2))
            SAY("taken for chapters: %s", wrong[i]);
}

TEST(ten_hours_of_talk_are_cut_within_two_seconds)
{
    struct llm_chapters in = { .engine = "extract", .segments = { NEWS(cx, struct spoken, 7200), 7200 } };
    int64_t from = clock_us();

    for (size_t i = 0; i < in.segments.n; i++) {                /* twenty minutes on each of the three in turn */
        const char *const *of = i / 240 % 3 == 0 ? school : i / 240 % 3 == 1 ? football : recipe;
        in.segments.at[i] = (struct spoken){ arena_fmt(cx->arena, "%s Point %zu.", of[(i * 7 + i / 10) % 10], i), 5.0 * (double)i, 5.0 * (double)i + 4.9 };
    }
    struct chapters c = cut(cx, &in);
    int64_t took_us = clock_us() - from;
    fprintf(stderr, "ten hours: %zu chapters in %lld us\n", c.sections.n, (long long)took_us);
    CHECK_INT(c.sections.n, 30);
    CHECK(took_us < 2000000);
}
