/* The embedded engine on texts as people bring them. */
#include "test.h"

#include "base/clock.h"
#include "engine.h"
#include "extract/asked.h"
#include "extract/passages.h"
#include "extract/rank.h"
#include "extract/say.h"
#include "handler.h"
#include "language.h"

#include <stdlib.h>

static const char rapport[] =
    "# Rapport de la mission de contrôle\n"
    "\n"
    "La mission s'est rendue à Lambaréné du 3 au 7 mars 2025. Elle a entendu M. Ondo, directeur des travaux, et Mme. Nguema, "
    "trésorière de la commune.\n"
    "\n"
    "## Constats\n"
    "\n"
    "Le marché du pont de Lambaréné a été attribué sans appel d'offres. Le montant payé s'élève à 412 millions de francs CFA, "
    "alors que le devis initial était de 275 millions. Les travaux ont commencé en juin 2023 et sont arrêtés depuis octobre. "
    "Aucun procès-verbal de réception n'a été signé.\n"
    "\n"
    "Trois factures portent le même numéro et la même date. La trésorière déclare ne pas avoir vu les originaux. "
    "Le directeur des travaux affirme que l'entreprise Bâtir-Plus a livré le ciment en avril.\n"
    "\n"
    "## Recommandations\n"
    "\n"
    "- Suspendre tout paiement à l'entreprise jusqu'à l'audit.\n"
    "- Saisir la commission nationale de lutte contre l'enrichissement illicite.\n"
    "- Publier le rapport dans les deux mois.\n";

static const char minutes[] =
    "The board met on Tuesday, 14 May 2024, in the main hall. Dr. Alice Moreau chaired the meeting. Nine members were present.\n\n"
    "The treasurer reported that the hospital spent 3.5 million dollars on equipment last year. The new scanner was delivered in "
    "February and has been used since March. Two nurses asked for more training on the scanner.\n\n"
    "Visiting hours will be from two to six in the afternoon. Visitors must leave their phones at the reception. "
    "The board rejected the proposal to close the night clinic. Patients discharged after surgery will be called within three days.\n";

static struct answer ask(struct ctx *cx, const char *text, const char *question, const char *material)
{
    struct llm_answer in = { .text = text, .question = question, .material = material, .engine = "extract" };
    struct answer out = { 0 };

    CHECK_OK(answer.run(cx, &in, &out));
    CHECK_TEXT(out.engine, "extract");
    CHECK_TEXT(out.model, "extract");
    CHECK(out.cost_micro == 0 && out.prompt_tokens == LONG_NONE);
    return out;
}

TEST(a_question_is_answered_by_the_sentences_that_hold_the_answer)
{
    static const struct { const char *material, *question, *holds, *place; } cases[] = {
        { rapport, "Quel est le montant payé pour le pont ?", "412 millions de francs CFA", "paragraphe 2, sous « Constats »" },
        { rapport, "Quand les travaux ont-ils commencé ?", "juin 2023", "(phrase 5 sur 12" },
        { rapport, "Qui a livré le ciment ?", "Bâtir-Plus a livré le ciment", "(phrase 9 sur 12" },
        { rapport, "combien de factures ont le meme numero", "Trois factures portent", "(phrase 7 sur 12" },
        { rapport, "Faut-il suspendre les paiements ?", "Suspendre tout paiement", "sous « Recommandations »" },
        { minutes, "When was the scanner delivered?", "delivered in February", "(sentence 5 of 10, paragraph 2)" },
        { minutes, "How much did the hospital spend on equipment?", "3.5 million dollars", "(sentence 4 of 10, paragraph 2)" },
        { minutes, "Who chaired the meeting", "Dr. Alice Moreau chaired", "(sentence 2 of 10, paragraph 1)" },
        { minutes, "when are discharged patients called", "within three days", "(sentence 10 of 10" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct answer a = ask(cx, cases[i].question, NULL, cases[i].material);
        const char *first = strstr(a.answer, "> "), *end = first ? strstr(first, "\n>") : NULL;
        CHECK_HAS(a.answer, cases[i].place);
        CHECK_HAS(a.answer, cases[i].material == rapport ? "pas un modèle de langage" : "not a language model");
        CHECK_TEXT(a.language, cases[i].material == rapport ? "fr" : "en");
        if (end)
            CHECK_HAS(arena_text(cx->arena, first, (size_t)(end - first)), cases[i].holds);
        else
            SAY("nothing is quoted: %s", a.answer);
    }
}

TEST(a_misheard_name_still_finds_its_sentence)
{
    CHECK_HAS(ask(cx, "Que dit Mme Ngema, la trézorière ?", NULL, rapport).answer, "trésorière");
    CHECK_HAS(ask(cx, "what about the scaner", NULL, minutes).answer, "scanner");
}

TEST(what_the_text_does_not_say_is_said_not_to_be_there)
{
    struct answer a = ask(cx, "Quelle est la population de Tokyo ?", NULL, rapport);

    CHECK_HAS(a.answer, "Je n'ai rien trouvé dans le texte qui réponde à « Quelle est la population de Tokyo ? »");
    CHECK(!strstr(a.answer, "\n> "));
    CHECK_HAS(ask(cx, "What is the capital of Peru?", NULL, minutes).answer, "I found nothing in the text");
}

TEST(a_question_is_put_to_the_text_when_there_is_no_material)
{
    CHECK_HAS(ask(cx, minutes, "How many members were present?", NULL).answer, "Nine members were present.");
    CHECK_HAS(ask(cx, minutes, "How many members were present?", "").answer, "Nine members were present.");
}

TEST(a_summary_holds_sentences_of_the_text_in_its_order)
{
    struct answer a = ask(cx, rapport, "Résume ce rapport en trois phrases", NULL);
    const char *at = strstr(a.answer, "\n- ");
    int n = 0;

    CHECK_HAS(a.answer, "en 3 de ses 12 phrases");
    for (const char *before = rapport; at; n++) {
        const char *line = at + 3, *end = strchr(line, '\n');
        const char *place = strstr(before, arena_text(cx->arena, line, (size_t)(end - line)));
        CHECK(place != NULL);
        before = place ? place : before;
        at = strstr(line, "\n- ");
    }
    CHECK_INT(n, 3);
    CHECK_HAS(ask(cx, rapport, NULL, NULL).answer, "L'essentiel du texte");       /* long, and asks nothing */
    CHECK_HAS(ask(cx, "Summarize the minutes, please", NULL, minutes).answer, "in 3 of its 10 sentences");
}

TEST(nothing_is_said_twice_in_a_summary)
{
    struct text t = text_new(cx->arena, 4096, 1 << 20);

    for (int i = 0; i < 30; i++)
        text_put(&t, "Le budget de la commune a été voté par le conseil municipal. ");
    text_put(&t, "Le maire demande un audit des dépenses de la commune. Le conseil refuse l'emprunt pour le budget de l'école.");
    CHECK_HAS(ask(cx, t.at, "résume en trois phrases", NULL).answer, "audit des dépenses");
    CHECK_HAS(ask(cx, t.at, "résume en trois phrases", NULL).answer, "refuse l'emprunt");
}

TEST(without_material_it_says_what_was_heard_and_what_it_is)
{
    struct answer a = ask(cx, "Quelle heure est-il ?", NULL, NULL);

    CHECK_HAS(a.answer, "J'ai entendu la question « Quelle heure est-il ? »");
    CHECK_HAS(a.answer, "pas un modèle de langage");
    a = ask(cx, "Avancez de dix mètres", NULL, NULL);
    CHECK_HAS(a.answer, "« Avancez de dix mètres »");
    CHECK_HAS(ask(cx, "go forward ten meters", NULL, NULL).answer, "I heard: \"go forward ten meters\".");
    struct llm_answer in = { .text = "go forward ten meters", .language = "en-US", .engine = "extract" };
    CHECK_OK(answer.run(cx, &in, &a));
    CHECK_HAS(a.answer, "I heard: \"go forward ten meters\".");
    CHECK_HAS(a.answer, "not a language model");
    in = (struct llm_answer){ .engine = "extract", .material = rapport };
    CHECK_FAILS(answer.run(cx, &in, &a), INPUT_INVALID);
}

TEST(sentences_end_where_people_end_them)
{
    struct document d;

    CHECK_OK(document_read(cx, "M. Ondo a vu le Dr. Nze. Il a payé 3.5 millions (cf. art. 12). « C'est faux. » Et après ? Rien !\n"
                               "1. Premier point\n2. Second point, p. ex. le pont\n* Dernier", &d));
    static const char *const want[] = { "M. Ondo a vu le Dr. Nze.", "Il a payé 3.5 millions (cf. art. 12).", "« C'est faux.",
        "Et après ?", "Rien !", "Premier point", "Second point, p. ex. le pont", "Dernier" };
    CHECK_INT(d.n, COUNT(want));
    for (size_t i = 0; i < d.n && i < COUNT(want); i++)
        CHECK_TEXT(arena_text(cx->arena, d.sentences[i].text.at, d.sentences[i].text.n), want[i]);
    CHECK_INT(d.sentences[7].paragraph, 4);
}

TEST(rows_and_listings_are_found_but_sum_nothing_up)
{
    static const char guide[] =
        "# Installer\n\nLe serveur s'installe en deux minutes sur toute machine récente.\n\n```\nexport SERVEUR_URL=http://exemple\nmake serveur\n```\n\n"
        "| variable | rôle |\n|---|---|\n| DELAI | délai du serveur en secondes |\n\nLe serveur répond alors aux demandes de la machine.\n";
    struct document d;

    CHECK_OK(document_read(cx, guide, &d));
    CHECK_INT(d.n, 6);
    CHECK(!d.sentences[0].row && d.sentences[1].row && d.sentences[2].row && d.sentences[4].row && !d.sentences[5].row);
    CHECK_HAS(ask(cx, "Quel est le délai en secondes ?", NULL, guide).answer, "> | DELAI |");
    CHECK_HAS(ask(cx, "résume en deux phrases", NULL, guide).answer, "- Le serveur s'installe");
    CHECK_HAS(ask(cx, "résume en deux phrases", NULL, guide).answer, "- Le serveur répond");
}

TEST(inflections_meet_at_their_stem)
{
    static const struct { const char *a, *b; bool french; } same[] = {
        { "travaux", "travail", true }, { "payé", "payer", true }, { "factures", "Facture", true }, { "décidées", "décide", true },
        { "journaux", "journal", true }, { "Noël", "noel", true }, { "cœur", "coeur", true }, { "délivrée", "délivrer", true },
        { "cities", "city", false }, { "closed", "closing", false }, { "close", "closed", false }, { "nurses", "nurse", false },
        { "planned", "plan", false }, { "Straße", "strasse", false },
    };

    for (size_t i = 0; i < COUNT(same); i++) {
        struct bytes left = { same[i].a, strlen(same[i].a) }, raw;
        struct folded a, b;
        CHECK(word_next(&left, &a, &raw));
        left = (struct bytes){ same[i].b, strlen(same[i].b) };
        CHECK(word_next(&left, &b, &raw));
        word_stem(&a, same[i].french);
        word_stem(&b, same[i].french);
        if (a.n != b.n || memcmp(a.at, b.at, a.n))
            SAY("%s and %s: %.*s, %.*s", same[i].a, same[i].b, (int)a.n, a.at, (int)b.n, b.at);
    }
}

TEST(languages_are_told_apart)
{
    CHECK_TEXT(language_guess(rapport), "fr");
    CHECK_TEXT(language_guess(minutes), "en");
    CHECK_TEXT(language_guess("Quelle heure est-il ?"), "fr");
    CHECK_TEXT(language_guess("what time is it"), "en");
    CHECK_TEXT(language_guess("go forward ten meters"), "en");
    CHECK_TEXT(language_guess("Bonjour madame"), "fr");
    CHECK_TEXT(language_guess("avancez dix mètres"), "fr");
    CHECK_TEXT(language_guess("12345"), "fr");
    CHECK_TEXT(language_guess(""), "fr");
}

TEST(questions_and_summaries_are_known_by_their_words)
{
    size_t n;

    CHECK(asks_question("Où est le pont ?") && asks_question("qui a signé") && asks_question("How many") && !asks_question("Le pont est là."));
    CHECK(asks_summary("Fais-moi un résumé en 5 phrases", &n) && n == 5);
    CHECK(asks_summary("Give me a summary", &n) && !n);
    CHECK(!asks_summary("Qui a signé les trois factures ?", &n));
}

/* A hundred kilobytes: about a thousand different sentences. */
static const char *long_text(struct ctx *cx, size_t bytes)
{
    static const char *const who[] = { "Le maire", "La trésorière", "Le conseil", "La commission", "Un habitant", "Le préfet", "L'entreprise" };
    static const char *const does[] = { "refuse", "approuve", "examine", "publie", "suspend", "demande", "critique", "annule", "reporte" };
    static const char *const what[] = { "le budget", "les travaux du pont", "la facture", "le rapport d'audit", "les paiements", "l'appel d'offres",
                                        "la réunion", "le contrat", "la subvention", "le procès-verbal", "la nomination" };
    struct text t = text_new(cx->arena, bytes + 200, 8 << 20);

    for (int i = 0; t.n < bytes; i++)
        text_fmt(&t, "%s %s %s numéro %d devant la commune%s", who[i % 7], does[i * 5 % 9], what[i * 3 % 11], i, i % 7 == 6 ? ".\n\n" : ". ");
    return t.at;
}

TEST(a_hundred_kilobytes_take_less_than_fifty_milliseconds)
{
    const char *text = long_text(cx, 100 << 10);
    int64_t best = INT64_MAX;

    for (int i = 0; i < 5; i++) {
        int64_t from = clock_us();
        CHECK_HAS(ask(cx, "Qui suspend la facture numéro 777 ?", NULL, text).answer, "777");
        ask(cx, text, "résume", NULL);
        if (clock_us() - from < best)
            best = clock_us() - from;
    }
    fprintf(stderr, "an answer and a summary of 100 kB: %lld us\n", (long long)best);
#ifndef __SANITIZE_ADDRESS__
    CHECK_WITHIN(best, 0, 100000);
#endif
}

static long last_number(const char *text)
{
    const char *at = NULL;

    for (const char *next = text; (next = strstr(next, "numéro ")); next++)
        at = next;
    return at ? strtol(at + strlen("numéro "), NULL, 10) : -1;
}

TEST(a_long_text_is_cut_down_to_what_is_asked)
{
    const char *text = long_text(cx, 300 << 10), *picked;

    CHECK_OK(passages_pick(cx, rapport, "Qui ?", 10000, &picked));
    CHECK(picked == rapport);
    CHECK_OK(passages_pick(cx, text, "Qui suspend la facture numéro 2500 ?", 20000, &picked));
    CHECK_HAS(picked, "numéro 2500 ");
    CHECK_HAS(picked, "[…]");
    CHECK(strlen(picked) > 5000 && strlen(picked) < 22000);
    CHECK_OK(passages_pick(cx, text, "Fais un résumé", 20000, &picked));
    CHECK(strlen(picked) > 15000 && strlen(picked) < 22000);
    CHECK_HAS(picked, "numéro 0 ");                 /* from its beginning to its end */
    CHECK(last_number(picked) > last_number(text) - 30);
    CHECK_OK(passages_pick(cx, NULL, "Qui ?", 10, &picked));
    CHECK(!picked);
}

TEST(texts_without_an_end_or_of_one_letter_are_borne)
{
    struct text t = text_new(cx->arena, 4096, 4 << 20);

    while (t.n < 300000)
        text_put(&t, "mot sans fin ");
    ask(cx, t.at, "résume", NULL);
    t = text_new(cx->arena, 4096, 4 << 20);
    while (t.n < 300000)
        text_put(&t, "é");
    ask(cx, t.at, "résume", NULL);
    ask(cx, "a", "b", "c");
    ask(cx, "...", "???", "!!!");
    ask(cx, "#", "#", "# \n## \n- \n1. ");
}
