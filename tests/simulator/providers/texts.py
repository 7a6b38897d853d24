"""The words of the answers: deterministic, from what was asked."""
import re

ENGLISH = set("the is are what how who where why when of and to in please you your does do can this that".split())
FRENCH = set("le la les est sont que quoi comment qui où pourquoi quand de des et à dans vous ce cette un une".split())
QUOTED_WORDS = 6
QUOTED_CHARS = 80

REPLIES = {
    "fr": "Vous demandez : « {} ». Voici la réponse du simulateur. Elle ne vient d'aucun modèle.",
    "en": "You asked: “{}”. Here is the simulator's reply. No model was involved.",
}
TRANSCRIPTS = {
    "fr": "Bonjour à tous. La séance est ouverte. Nous écoutons la première question.",
    "en": "Good morning everyone. The session is open. We will hear the first question.",
}
# Characters of two, three and four bytes, for the faults that divide them.
ACCENTED = "Déjà vu : 3 € et un sourire 😀, reçu à Libreville."


def language_of(text):
    words = set(re.findall(r"[\wàâçéèêëîïôûùœ']+", text.lower()))
    return "en" if len(words & ENGLISH) > len(words & FRENCH) else "fr"


def reply_to(text):
    quoted = " ".join(text.split()[:QUOTED_WORDS])[:QUOTED_CHARS]
    return REPLIES[language_of(text)].format(quoted)


def tokens_of(text):
    """Words with the space before them, as tokenizers do; joined they are the text."""
    return re.findall(r"\s*\S+\s*$|\s*\S+", text)


def told_text(request):
    """The text of the scenario, or one with all widths of characters when characters are to be divided."""
    said = request.told("say")
    if said:
        return said["text"]
    return ACCENTED if request.told("utf8-split") or request.told("utf8-split-chunks") else ""


def exactly(tokens, n):
    """N tokens: the first ones, or more words after the last."""
    return tokens[:n] + [f" mot{i}" for i in range(len(tokens) + 1, n + 1)]


def sentences_of(text):
    return [part.strip() for part in re.findall(r"[^.!?…]+[.!?…]*", text) if part.strip()]
