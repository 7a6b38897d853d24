"""Questions, typed and spoken: flows through several workers and a provider, followed, cancelled, repeated."""
import json
import random
import time
import urllib.parse
from pathlib import Path

from streams import Reading
from submit import REFUSED, Submitter
from wire import Line, Lost

RECORDING = Path("/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0920.wav")
HEARD_HERE = 0.15           # of the recordings go to the recogniser that runs here, and is slow
# What the provider does to a question; with a name of its own each, so that its ledger tells them apart.
MODELS = ("sim-tokens;n={n}", "sim-tokens;n={n}", "sim-delay;ms={ms},tokens;n={n}", "sim-delay;ms={ms},tokens;n={n}",
          "sim-slow;ms={slow},tokens;n={n}", "sim-503;times=1", "sim-429;retry_after=1;times=1")


class Asker:
    def __init__(self, run, number, seed):
        self.run, self.dice = run, random.Random(seed)
        self.token = run.tokens[number % len(run.tokens)]
        self.line = Line(run.urls, self.token, number)
        self.submitter = Submitter(run, self.line, self.dice)
        self.number, self.n = number, 0

    def work(self):
        while not self.run.over.is_set():
            self.n += 1
            tag = f"{self.run.seed}-{self.number}-{self.n}"
            draw = self.dice.random() if self.n > 2 else 1      # however short the run: each has one whole question with a report, and one to cancel
            if draw < self.run.spoken:
                self.ask_aloud(tag)
            elif draw < self.run.spoken + 0.25:
                self.speak(tag)
            else:
                self.ask(tag)
            self.run.over.wait(0.05 + 0.3 * self.dice.random())

    def model(self, tag, slow=False):
        pattern = MODELS[2] if slow else self.dice.choice(MODELS)
        return pattern.format(n=self.dice.randrange(5, 40), ms=self.dice.randrange(30, 200), slow=self.dice.randrange(200, 3000)) + f";tag={tag}"

    # --- kinds of work ---

    def ask(self, tag):
        cancel = self.n == 2 or (self.n > 2 and self.dice.random() < 0.3)
        question = {"text": f"Question {tag} : que retenir de la séance ?", "model": self.model(tag, cancel), "language": "fr"}
        if self.dice.random() < 0.6:
            question["mute"] = True
        elif self.dice.random() < 0.6:
            question["voice"] = "alloy"         # the provider's; else the one that runs here
        if self.n == 1 or self.dice.random() < 0.3:
            question["report"] = True
        body, key = json.dumps(question).encode(), f"ask-{tag}"
        made = self.submitter.submit("ask", "/api/v1/ask", body, key, ask=None, report=question.get("report", False))
        if not made:
            return
        if self.dice.random() < 0.15:
            self.submitter.repeat("/api/v1/ask", body, key, made["job_id"])
        self.follow(made["job_id"], cancel)
        if question.get("report"):
            self.run.notes.put("report", job=made["job_id"], ask=made["id"], user=self.number % len(self.run.tokens))

    def ask_aloud(self, tag):
        here = self.dice.random() < HEARD_HERE
        query = {"language": "en" if here else "fr", "engine": "extract", "question": f"Question {tag} ?", "mute": "true"}
        path = "/api/v1/ask?" + urllib.parse.urlencode(query)
        # Some bytes behind the sound make each recording its own, for the provider's ledger.
        sound = RECORDING.read_bytes() + b"".join(self.dice.randbytes(2) for _ in range(64))
        made = self.submitter.submit("spoken", path, sound, f"spoken-{tag}", {"Content-Type": "audio/wav"})
        if made:
            self.follow(made["job_id"], self.dice.random() < 0.1)

    def speak(self, tag):
        job = {"kind": "tts", "text": f"Annonce {tag}.", "language": "fr", "lane": self.dice.choice(("live", "batch", "quick"))}
        if self.dice.random() < 0.5:
            job["voice"] = "alloy"
        body, key = json.dumps(job).encode(), f"tts-{tag}" if self.dice.random() < 0.8 else None
        made = self.submitter.submit("tts", "/api/v1/jobs", body, key)
        if made and key and self.dice.random() < 0.1:
            self.submitter.repeat("/api/v1/jobs", body, key, made["job_id"])

    # --- what follows ---

    def follow(self, job, cancel):
        readers = [Reading(self.run, self.token, job, n, random.Random(self.dice.random())) for n in range(2)]
        for reader in readers:
            reader.start()
        if cancel:
            time.sleep(self.dice.random() * 2.5)
            self.cancel(job)
        self.run.readers += readers
        readers[0].thread.join(self.run.patience_s)     # a question that takes long does not hold the others back

    def cancel(self, job):
        """Until it is answered. 409 after an answer that was lost may be our own cancel: the job tells."""
        for n in range(60):
            try:
                answer = self.line.call("POST", f"/api/v1/jobs/{job}/cancel", b"{}", {"Content-Type": "application/json"})
                if answer.status == 409:
                    answer = self.line.call("GET", f"/api/v1/jobs/{job}")
                if answer.status == 200:
                    state = answer.json()["state"]
                    self.run.notes.put("cancelled" if state == "cancelled" else "not_cancelled", job=job, state=state)
                    return
                if answer.status not in REFUSED:
                    self.run.notes.put("refused", kind="cancel", job=job, status=answer.status, body=answer.body[:300].decode("utf-8", "replace"))
                    return
            except Lost:
                pass
            if self.run.too_late():
                return
            time.sleep(0.1 * min(n + 1, 10))
