#include "say.h"

#include <string.h>

static const char *const french[SAYINGS] = {
    [SAY_FOUND_ONE]      = "Voici le passage du texte le plus proche de la question :",
    [SAY_FOUND_MANY]     = "Voici les passages du texte les plus proches de la question :",
    [SAY_PLACE]          = " (phrase %zu sur %zu, paragraphe %d)",
    [SAY_UNDER]          = " (phrase %zu sur %zu, paragraphe %d, sous « %s »)",
    [SAY_NOT_FOUND]      = "Je n'ai rien trouvé dans le texte qui réponde à « %s ».",
    [SAY_SUMMARY]        = "L'essentiel du texte, en %zu de ses %zu phrases :",
    [SAY_HEARD_QUESTION] = "J'ai entendu la question « %s ». Aucun document ne m'a été donné où chercher la réponse.",
    [SAY_HEARD]          = "J'ai entendu : « %s ».",
    [SAY_SIGNED]         = "Je suis le moteur intégré « extract », pas un modèle de langage : je cite et je résume des textes, mot pour mot.",
};

static const char *const english[SAYINGS] = {
    [SAY_FOUND_ONE]      = "This passage of the text is nearest to the question:",
    [SAY_FOUND_MANY]     = "These passages of the text are nearest to the question:",
    [SAY_PLACE]          = " (sentence %zu of %zu, paragraph %d)",
    [SAY_UNDER]          = " (sentence %zu of %zu, paragraph %d, under \"%s\")",
    [SAY_NOT_FOUND]      = "I found nothing in the text that answers \"%s\".",
    [SAY_SUMMARY]        = "What the text says, in %zu of its %zu sentences:",
    [SAY_HEARD_QUESTION] = "I heard the question \"%s\". I was given no document to look for the answer in.",
    [SAY_HEARD]          = "I heard: \"%s\".",
    [SAY_SIGNED]         = "I am the built-in engine \"extract\", not a language model: I quote and shorten texts, word for word.",
};

const char *say(const char *language, enum saying what)
{
    return (strncmp(language, "en", 2) ? french : english)[what];
}
