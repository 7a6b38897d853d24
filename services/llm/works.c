#include "works.h"

#include "base/text.h"

static const struct work works[] = {
    { "correct_spelling", .keeps = true,
      .french = "Corrige l'orthographe, les accents et la grammaire, et ne change rien d'autre.",
      .english = "Correct its spelling and grammar, and change nothing else." },
    { "add_punctuation", .keeps = true,
      .french = "Mets la ponctuation et les majuscules qui manquent, sans changer un mot.",
      .english = "Add the punctuation and the capitals that are missing, without changing a word." },
    { "format_paragraphs", .keeps = true,
      .french = "Partage-le en paragraphes, une idée chacun, séparés par une ligne vide, sans changer un mot.",
      .english = "Divide it into paragraphs, one idea each, with an empty line between them, without changing a word." },
    { "improve_quality", .keeps = true,
      .french = "Améliore-le : orthographe, ponctuation, paragraphes, phrases claires. Garde le sens, le ton et tous les faits ; n'ajoute rien.",
      .english = "Improve it: spelling, punctuation, paragraphs, clear sentences. Keep the meaning, the tone and every fact; add nothing." },
    { "format_text", .keeps = true,
      .french = "Mets-le en forme en Markdown simple (titres, paragraphes, listes là où le texte énumère), sans changer ce qu'il dit.",
      .english = "Lay it out in simple Markdown (headings, paragraphs, lists where it enumerates), without changing what it says." },
    { "translate", .keeps = true,
      .french = "Traduis-le dans la langue dont l'étiquette BCP 47 est %2$s, entièrement et sans commentaire.",
      .english = "Translate it into the language whose BCP 47 tag is %2$s, entirely and without comment." },
    { "summarize", .quoted = true, .one_of = 8, .least = 2, .most = 9,
      .french = "Résume-le en quelques phrases, dans la langue dont l'étiquette BCP 47 est %2$s. Ne dis rien qu'il ne dise.",
      .english = "Sum it up in a few sentences, in the language whose BCP 47 tag is %2$s. Say nothing that it does not say." },
    { "executive", .quoted = true, .one_of = 1000, .least = 3, .most = 3,
      .french = "Écris-en une synthèse de trois phrases pour qui doit décider, dans la langue dont l'étiquette BCP 47 est %2$s. Ne dis rien qu'il ne dise.",
      .english = "Write an executive summary of it in three sentences, in the language whose BCP 47 tag is %2$s. Say nothing that it does not say." },
    { "detailed", .quoted = true, .one_of = 4, .least = 5, .most = 20,
      .french = "Résume-le en détail, un paragraphe par sujet, dans la langue dont l'étiquette BCP 47 est %2$s. Ne dis rien qu'il ne dise.",
      .english = "Sum it up in detail, a paragraph for each subject, in the language whose BCP 47 tag is %2$s. Say nothing that it does not say." },
    { "bullet_points", .quoted = true, .listed = true, .one_of = 8, .least = 3, .most = 9,
      .french = "Donne ses points essentiels en une liste Markdown, un par ligne, dans la langue dont l'étiquette BCP 47 est %2$s. Ne dis rien qu'il ne dise.",
      .english = "Give its main points as a Markdown list, one a line, in the language whose BCP 47 tag is %2$s. Say nothing that it does not say." },
    { "action_items",
      .french = "Donne la liste Markdown de ce qui est à faire selon lui (qui, quoi, pour quand s'il le dit), dans la langue dont l'étiquette BCP 47 est %2$s ; "
                "s'il n'y a rien à faire, dis-le.",
      .english = "Give what is to be done according to it as a Markdown list (who, what, by when if it says so), in the language whose BCP 47 tag is %2$s; "
                 "if there is nothing to be done, say so." },
};

const struct work work_chapters = {
    "chapters", .quoted = true, .one_of = 1000, .least = 2, .most = 2,
    .french = "Il est fait de parties numérotées. Pour chacune, dans l'ordre, écris une ligne « ## » avec un titre de huit mots au plus, puis une ligne avec son "
              "résumé en une ou deux phrases. Termine par une ligne « ## = », puis le résumé de l'ensemble. Écris dans la langue dont l'étiquette BCP 47 est %2$s. "
              "Ne dis rien qu'il ne dise.",
    .english = "It is made of numbered parts. For each, in order, write a line \"## \" with a title of at most eight words, then a line with its summary in one or "
               "two sentences. End with a line \"## =\", then a summary of the whole. Write in the language whose BCP 47 tag is %2$s. Say nothing that it does not say.",
};

const struct work *work_named(const char *name)
{
    for (size_t i = 0; i < COUNT(works); i++)
        if (text_is(works[i].name, name))
            return &works[i];
    return NULL;
}
