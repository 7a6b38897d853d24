/* Text before it is spoken: sentences, markdown, language; and WAV headers. */
#include "plain.h"
#include "prices.h"
#include "sentences.h"
#include "wav.h"
#include "base/clock.h"
#include "data/shape.h"
#include "test.h"

#include <stdlib.h>

/* The sentences of a text, with a bar between them, a double one between paragraphs. */
static const char *split(struct ctx *cx, const char *text)
{
    struct text out = text_new(cx->arena, 256, 1 << 20);
    struct bytes rest = { text, strlen(text) };
    const char *bar = "";

    for (struct sentence s; sentence_next(&rest, &s); bar = s.ends_paragraph ? "||" : "|") {
        text_put(&out, bar);
        text_add(&out, s.text.at, s.text.n);
    }
    return out.at;
}

TEST(sentences_end_at_their_marks)
{
    static const struct { const char *text, *sentences; } cases[] = {
        { "Bonjour. Comment allez-vous ? Bien !", "Bonjour.|Comment allez-vous ?|Bien !" },
        { "Une phrase sans point", "Une phrase sans point" },
        { "", "" },
        { "  \n \n ", "" },
        { "Attends… Il arrive.", "Attends…|Il arrive." },
        { "Je… je ne sais pas.", "Je… je ne sais pas." },
        { "Quoi ?! Non...  Si.", "Quoi ?!|Non...|Si." },
        { "Vraiment ? !  Oui.", "Vraiment ? !|Oui." },
        { "Premier paragraphe\nSecond paragraphe. Suite.\n\n\nFin", "Premier paragraphe||Second paragraphe.|Suite.||Fin" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_TEXT(split(cx, cases[i].text), cases[i].sentences);
}

TEST(dots_of_abbreviations_numbers_and_initials_end_nothing)
{
    static const char *const whole[] = {
        "M. Dupont et Mme. Durand ont vu le Dr. Ndong.",
        "Selon l'art. 12 du code, al. 3, p. 45.",
        "Selon l’art. L. 3121-1 du code du travail.",
        "Le n° 5, ou n. 5, coûte 3,5 euros ou 12.5 francs.",
        "La version 2.0.1 est sur exemple.ga depuis hier.",
        "J. Dupont et J.-P. Martin sont là.",
        "Vers l'an 50 av. J.-C. à Rome.",
        "Il y a des chats, des chiens, etc. et des oiseaux.",
        "« M. Dupont est là. »",
        "«\xc2\xa0M. Dupont est là.\xc2\xa0»",
        "Mr. Smith, i.e. the boss, met Prof. Brown vs. Dr. Who.",
        "Appelez le tél. 01 77 00 00 00 ou l'av. Foch.",
        "1. Premier point",
        "U.S.A. Today is a newspaper.",
    };

    for (size_t i = 0; i < COUNT(whole); i++)
        CHECK_TEXT(split(cx, whole[i]), whole[i]);
    CHECK_TEXT(split(cx, "Il est né en 2024. Puis il part."), "Il est né en 2024.|Puis il part.");
    CHECK_TEXT(split(cx, "C'est de l'art. Il est beau."), "C'est de l'art.|Il est beau.");
    CHECK_TEXT(split(cx, "J'ai vu M."), "J'ai vu M.");
    CHECK_TEXT(split(cx, "No. I do not."), "No.|I do not.");
    CHECK_TEXT(split(cx, "Des chats, etc. Ensuite rien."), "Des chats, etc.|Ensuite rien.");
}

TEST(quotes_stay_with_their_sentence)
{
    CHECK_TEXT(split(cx, "Il dit : « Bonjour ! » Puis il part."), "Il dit : « Bonjour ! »|Puis il part.");
    CHECK_TEXT(split(cx, "« Quoi ! » dit-il. Rien."), "« Quoi ! » dit-il.|Rien.");
    CHECK_TEXT(split(cx, "Il dit :\xc2\xa0«\xe2\x80\xafOui.\xe2\x80\xaf» Fin."), "Il dit :\xc2\xa0«\xe2\x80\xafOui.\xe2\x80\xaf»|Fin.");
    CHECK_TEXT(split(cx, "He said \"Stop.\" Then he left. (Really.) Yes."), "He said \"Stop.\"|Then he left.|(Really.)|Yes.");
    CHECK_TEXT(split(cx, "“Go.” She went."), "“Go.”|She went.");
}

TEST(a_sentence_that_is_too_long_is_cut_at_a_comma)
{
    struct text t = text_new(cx->arena, 4096, 1 << 20);

    for (int i = 0; i < 60; i++)
        text_put(&t, i % 10 == 9 ? "été, " : "soirée ");
    struct bytes rest = { t.at, t.n };
    struct sentence s;
    CHECK(sentence_next(&rest, &s));
    CHECK(text_chars(s.text) <= SENTENCE_CHARS && text_chars(s.text) > 300);
    CHECK(s.text.at[s.text.n - 1] == ',');
    CHECK(!s.ends_paragraph);
}

TEST(a_text_without_spaces_is_cut_between_characters)
{
    struct text t = text_new(cx->arena, 4096, 1 << 20);
    size_t n = 0, chars = 0;

    for (int i = 0; i < 1000; i++)
        text_put(&t, i % 3 ? "é" : "\xf0\x9f\x98\x80");
    struct bytes rest = { t.at, t.n };
    for (struct sentence s; sentence_next(&rest, &s); n++) {
        CHECK(text_is_utf8(s.text.at, s.text.n));
        CHECK(text_chars(s.text) <= SENTENCE_CHARS);
        chars += text_chars(s.text);
    }
    CHECK_INT(n, 3);
    CHECK_INT(chars, 1000);
}

TEST(splitting_takes_time_in_proportion)
{
    static const char *const hostile[] = { "!", ".", "…", ". ", ".)", "»", " »", "a. b ", "M. ", "1.", " ", "\n", ",", "é" };
    int64_t start = clock_ms();

    for (size_t i = 0; i < COUNT(hostile); i++) {
        struct text t = text_new(cx->arena, 1 << 19, 1 << 20);
        while (t.n < 300000)
            text_put(&t, hostile[i]);
        struct bytes rest = { t.at, t.n };
        for (struct sentence s; sentence_next(&rest, &s);)
            CHECK(text_chars(s.text) <= SENTENCE_CHARS);
    }
    CHECK_WITHIN(clock_ms() - start, 0, 10000);
}

TEST(pieces_hold_as_many_sentences_as_fit)
{
    struct pieces p;

    pieces_make(cx, "Un deux. Trois quatre.\nCinq.", 0, &p);
    CHECK_INT(p.n, 3);
    CHECK(!p.at[0].ends_paragraph && p.at[1].ends_paragraph);
    pieces_make(cx, "Un deux. Trois quatre.\nCinq.", 22, &p);
    CHECK_INT(p.n, 2);
    CHECK_TEXT(p.at[0].text, "Un deux. Trois quatre.");
    CHECK_TEXT(p.at[1].text, "Cinq.");
    pieces_make(cx, "Un deux. Trois quatre.\nCinq.", 28, &p);
    CHECK_INT(p.n, 1);
    CHECK_TEXT(p.at[0].text, "Un deux. Trois quatre.\nCinq.");
    CHECK_INT(p.at[0].chars, 28);
    pieces_make(cx, "— … -- ***\n...", 0, &p);
    CHECK_INT(p.n, 0);
}

/* --- markdown --- */

TEST(markdown_is_spoken_as_its_text)
{
    static const struct { const char *markdown, *plain; } cases[] = {
        { "Bonjour **tout** le _monde_, c'est `simple`.", "Bonjour tout le monde, c'est simple.\n" },
        { "# Titre\n\nTexte\nsur deux lignes.", "Titre\nTexte sur deux lignes.\n" },
        { "Titre\n=====\nSuite", "Titre\nSuite\n" },
        { "- un\n- deux\n  - trois\n", "un\ndeux\ntrois\n" },
        { "1. un\n2. deux\n", "1. un\n2. deux\n" },
        { "3) trois\n4) quatre", "3. trois\n4. quatre\n" },
        { "2024. Une année.", "2024. Une année.\n" },
        { "Voir [le site](https://exemple.ga/a?b=c) et ![une photo](x.png).", "Voir le site et une photo.\n" },
        { "Voir https://exemple.ga/chemin?x=1.", "Voir exemple.ga.\n" },
        { "Voir <https://exemple.ga/chemin>, merci", "Voir exemple.ga, merci\n" },
        { "Bonjour![ici](x) ![](y) (![la](z))", "Bonjour! ici (la)\n" },
        { "> cité\n> encore", "cité encore\n" },
        { "avant\n\n```c\nint x = 1;\n```\n\naprès", "avant\nExtrait de code.\naprès\n" },
        { "    Un paragraphe en retrait.", "Un paragraphe en retrait.\n" },
        { "| Nom | Âge |\n|-----|----:|\n| Ali | 12 |\n| Zoé | 7 |", "Nom, Âge\nAli, 12\nZoé, 7\n" },
        { "a | b\n--- | ---\n1 | 2", "a, b\n1, 2\n" },
        { "un | deux\ntrois", "un | deux trois\n" },
        { "~~faux~~ vrai [^1] - [x] fait", "faux vrai - fait\n" },
        { "3 * 4 * 5 = 60, snake_case_name, 5 < 6 & 7 > 2", "3 * 4 * 5 = 60, snake_case_name, 5 < 6 & 7 > 2\n" },
        { "&eacute;t&eacute; &amp; hiver", "été & hiver\n" },
        { "<div>Bonjour <b>toi</b></div>", "Bonjour toi\n" },
        { "Du <b>gras</b> ici", "Du gras ici\n" },
        { "<script>alert(1)</script>", "" },
        { "une ligne  \nune autre", "une ligne\nune autre\n" },
        { "---\n\nfin", "fin\n" },
        { "Un texte simple. Rien de plus.", "Un texte simple. Rien de plus.\n" },
        { "", "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_TEXT(plain_text(cx, cases[i].markdown, "fr"), cases[i].plain);
    CHECK_TEXT(plain_text(cx, "```\nx\n```", "en-GB"), "Code excerpt.\n");
}

TEST(commands_of_a_voice_do_not_pass)
{
    CHECK_TEXT(plain_text(cx, "a\x01" "50Pb \x1b[31mrouge\x7f [[mɛʁd]] fin", "fr"), "a 50Pb 31mrouge mɛʁd fin\n");
    CHECK_TEXT(plain_text(cx, "a\xc2\x85z", "fr"), "a z\n");
}

TEST(hostile_markdown_takes_bounded_time)
{
    static const char *const hostile[] = { ">", "[a](", "*a_ ", "- ", "`", "![", "![[]()", "<a ", "|", "|-", "&", "\\", "1. ", "[x", "http://", "~~" };
    int64_t start = clock_ms();

    for (size_t i = 0; i < COUNT(hostile); i++) {
        struct text t = text_new(cx->arena, 1 << 17, 1 << 20);
        while (t.n < 200000)
            text_put(&t, hostile[i]);
        int64_t one = clock_ms();
        CHECK(plain_text(cx, t.at, "fr") != NULL);
        if (clock_ms() - one > 3000)
            SAY("%s takes %lld ms", hostile[i], (long long)(clock_ms() - one));
    }
    CHECK_WITHIN(clock_ms() - start, 0, 20000);
}

TEST(small_words_tell_the_language)
{
    CHECK_TEXT(language_guess("Bonjour, comment allez-vous aujourd'hui ?"), "fr");
    CHECK_TEXT(language_guess("The report is ready and you can read it."), "en");
    CHECK_TEXT(language_guess("Le rapport est prêt, the end."), "fr");
    CHECK_TEXT(language_guess("Hello world"), "en");
    CHECK_TEXT(language_guess("J'ai vu l'homme"), "fr");
    CHECK_TEXT(language_guess("42"), "fr");
    CHECK_TEXT(language_guess(""), "fr");
}

/* --- WAV --- */

static struct bytes wav_of(struct ctx *cx, uint32_t riff, uint32_t data, size_t samples)
{
    static const char head[] = "RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0LIST\x03\0\0\0abc\0data....";
    char *at = arena_get(cx->arena, sizeof(head) + samples * 2);

    memcpy(at, head, sizeof(head) - 1);
    memcpy(at + 4, &riff, 4);
    memcpy(at + sizeof(head) - 5, &data, 4);
    return (struct bytes){ at, sizeof(head) - 1 + samples * 2 };
}

TEST(placeholder_sizes_of_a_wav_mean_to_the_end)
{
    static const uint32_t sizes[] = { 200, 0x7ffff000, 0xffffffff, 0, 1000 };
    struct wav wav;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        CHECK(wav_read(wav_of(cx, 0x7ffff024, sizes[i], 100), &wav));
        CHECK_INT(wav.pcm.n, 200);
        CHECK_INT(wav.rate_hz, 22050);
    }
    CHECK(wav_read(wav_of(cx, 0, 100, 100), &wav));
    CHECK_INT(wav.pcm.n, 100);
}

TEST(a_wav_cut_anywhere_is_refused_or_shorter)
{
    struct bytes whole = wav_of(cx, 0, 200, 100);
    struct wav wav;

    for (size_t n = 0; n < whole.n; n++) {
        char *cut = malloc(n ? n : 1);
        memcpy(cut, whole.at, n);
        if (wav_read((struct bytes){ cut, n }, &wav))
            CHECK(wav.pcm.n < 200 && wav.pcm.n % 2 == 0);
        free(cut);
    }
}

TEST(only_mono_16_bit_pcm_is_read_without_ffmpeg)
{
    struct bytes w = wav_of(cx, 0, 200, 100);
    char *at = arena_text(cx->arena, w.at, w.n);
    struct wav wav;

    at[22] = 2;
    CHECK(!wav_read((struct bytes){ at, w.n }, &wav));
    at[22] = 1;
    at[20] = 3;
    CHECK(!wav_read((struct bytes){ at, w.n }, &wav));
    at[20] = 1;
    at[34] = 24;
    CHECK(!wav_read((struct bytes){ at, w.n }, &wav));
}

TEST(list_prices_are_in_millionths)
{
    CHECK_INT(price_of_speech("tts-1", 1000), 15000);
    CHECK_INT(price_of_speech("tts-1-hd", 1), 30);
    CHECK_INT(price_of_speech("gpt-4o-mini-tts", 1000), LONG_NONE);
}
