"""What a simulated provider hears in a WAV: a given text over its whole length, or words that really stand in the sound."""
from array import array
from collections import OrderedDict

from common.scenario import TOLD, Fault
from providers import tones
from providers.texts import TRANSCRIPTS, language_of, sentences_of, told_text, tokens_of

RATE_HZ = 16_000
FRAME = RATE_HZ // 100
LOUD = 1000                 # of a burst of tone; what lies below is silence
SILENT = 60                 # nothing in a recording is louder: nobody speaks
SHORTEST_FRAMES = 4
LOWEST_HZ, STEP_HZ = 300, 50
ASSUMED_BYTES_PER_S = 32_000
LOOKED_AT_BYTES = 64 << 20  # larger recordings are not searched for silence


def hear(request, data, asked):
    """{"text", "language", "seconds", "sentences": [{"text", "start", "end", "speaker", "words": [{"text", "start", "end"}]}]};
    words are written with their punctuation."""
    seconds, spoken = tones.read_wav(data) or (len(data) / ASSUMED_BYTES_PER_S, "")
    heard = {"seconds": round(seconds, 3), "language": asked or "fr", "text": "", "sentences": []}
    if request.told("tones"):
        return heard | of_tones(data)
    if request.told("silence") or is_silent(data):
        return heard
    text = told_text(request) or spoken or TRANSCRIPTS.get(asked, TRANSCRIPTS["fr"])
    if request.told("talk"):
        text = talk(text, seconds * request.told("talk")["pace"])
    sentences = timed(sentences_of(text), seconds)
    for place, sentence in enumerate(sentences):
        sentence["speaker"] = place // 2 % 2            # two sentences each, in turn
    return heard | {"text": text, "language": asked or language_of(text), "sentences": sentences}


def talk(text, words):
    """The text again and again, until it has so many words."""
    return " ".join([text] * max(1, round(words / len(text.split()))))


def timed(sentences, seconds):
    """The time is shared out by characters."""
    pace, at, out = seconds / max(1, sum(map(len, sentences))), 0.0, []
    for sentence in sentences:
        words, begin = [], at
        for token in tokens_of(sentence):
            end = at + pace * len(token)
            words.append({"text": token.strip(), "start": round(at, 3), "end": round(end, 3)})
            at = end
        out.append({"text": sentence, "start": round(begin, 3), "end": round(at, 3), "words": words})
    return out


# --- words that stand in the sound ---

def samples_of(data):
    at = data.find(b"data") + 8
    return array("h", data[at:at + (len(data) - at) // 2 * 2])


def is_silent(data):
    if len(data) > LOOKED_AT_BYTES or data[:4] != b"RIFF":
        return False
    samples = samples_of(data)
    return not samples or max(max(samples), -min(samples)) < SILENT


def of_tones(data):
    """Each burst of tone is a word named after its pitch."""
    words = [{"text": f"mot{pitch}", "start": start, "end": end} for pitch, start, end in bursts(samples_of(data))]
    if not words:
        return {"text": "", "sentences": []}
    text = " ".join(word["text"] for word in words)
    return {"text": text, "sentences": [{"text": text, "start": words[0]["start"], "end": words[-1]["end"], "speaker": 0, "words": words}]}


def bursts(samples):
    loud = [max(samples[at:at + FRAME]) > LOUD for at in range(0, len(samples) - FRAME + 1, FRAME)]
    begin = None
    for place, now in enumerate([*loud, False]):
        if now and begin is None:
            begin = place
        elif not now and begin is not None:
            if place - begin >= SHORTEST_FRAMES:
                yield pitch_of(samples[begin * FRAME:place * FRAME]), begin / 100, place / 100
            begin = None


def pitch_of(burst):
    rises = sum(before < 0 <= after for before, after in zip(burst, burst[1:]))
    return round((rises * RATE_HZ / len(burst) - LOWEST_HZ) / STEP_HZ)


class Kept(OrderedDict):
    """What a provider keeps of us, the oldest forgotten."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        while len(self) > self.most:
            self.popitem(last=False)


FAULTS = [
    Fault("tones", TOLD, "transcription: words are the bursts of tone in the sound, named after their pitch", {}),
    Fault("silence", TOLD, "transcription: nobody speaks", {}),
    Fault("talk", TOLD, "transcription: the text again and again, so many words a second", {"pace": 2.5}),
]
