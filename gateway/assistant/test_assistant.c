/* What is told to have changed in a text is counted. */
#include "test.h"

#include "assistant/changes.h"

TEST(words_sentences_paragraphs_marks_and_capitals_are_counted)
{
    static const struct { const char *text; struct measures m; } cases[] = {
        { "", { 0, 0, 0, 0, 0 } },
        { " \n\t\n ", { 0, 0, 0, 0, 0 } },
        { "bonjour", { 1, 1, 1, 0, 0 } },
        { "Bonjour. Il pleut à Libreville !", { 5, 2, 1, 2, 3 } },
        { "L’été, dit-elle… « Non ! »\n\nÉcoute 12.5", { 8, 3, 2, 8, 3 } },
        { "Un\ndeux\n \n\ntrois.\r\n\r\nquatre?", { 4, 2, 3, 2, 1 } },
        { "日本 は 5€", { 3, 1, 1, 0, 0 } },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct measures m = measures_of(cases[i].text);
        if (memcmp(&m, &cases[i].m, sizeof(m)))
            SAY("%s: %zu words, %zu sentences, %zu paragraphs, %zu marks, %zu capitals", cases[i].text, m.words, m.sentences, m.paragraphs, m.marks, m.capitals);
    }
}

TEST(words_are_compared_as_often_as_they_stand_there)
{
    static const struct { const char *before, *after; size_t gone, come; } cases[] = {
        { "a b c", "a b c", 0, 0 }, { "a a b", "a b b", 1, 1 }, { "", "un deux", 0, 2 }, { "un deux", "", 2, 0 },
        { "Élan ÉLAN Maison", "élan élan maison", 0, 0 }, { "des faute", "Des fautes", 1, 1 }, { "l'eau", "l’eau", 0, 0 },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct differing d = words_differing(cx, cases[i].before, cases[i].after);
        if (d.gone != cases[i].gone || d.come != cases[i].come)
            SAY("%s / %s: %zu gone, %zu come", cases[i].before, cases[i].after, d.gone, d.come);
    }
}

TEST(only_what_differs_is_told)
{
    struct texts t = changes_told(cx, "il y a des faute", "Il y a des fautes.", false);

    CHECK_INT(t.n, 3);
    CHECK_TEXT(t.at[0], "Mots : 5 → 5 ; 1 n'y sont plus, 1 sont nouveaux");
    CHECK_TEXT(t.at[1], "Signes de ponctuation : 0 → 1");
    CHECK_TEXT(t.at[2], "Majuscules : 0 → 1");
    t = changes_told(cx, "one. two", "one.\n\ntwo", true);
    CHECK_INT(t.n, 1);
    CHECK_TEXT(t.at[0], "Paragraphs: 1 → 2");
    CHECK_INT(changes_told(cx, "same", "same", false).n, 0);
}
