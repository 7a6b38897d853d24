/* What a client developer gets who sets the key to MOCK: a text that nobody can take for a transcription. */
#include "assemblyai.h"

#include "base/clock.h"
#include "base/text.h"

#define MOCK_MS         2000
#define MOCK_DURATION_S 180
#define MOCK_CONFIDENCE 0.95

static const char said[] =
    "Ceci est une transcription SIMULÉE pour le test. Source : %s. "
    "Aucune vraie clé d'API n'est configurée (ASSEMBLYAI_API_KEY vaut MOCK) : aucun son n'a été écouté. "
    "Pour obtenir une vraie transcription, remplacez MOCK par une clé d'AssemblyAI. "
    "Horodatage (UTC) : %s.";

fallible assemblyai_mock(struct ctx *cx, const struct hearing *h, struct transcript *out)
{
    char now[CLOCK_ISO_BYTES];

    TRY(clock_wait_ms(cx, MOCK_MS));
    clock_iso(clock_wall_ms(), now);
    *out = (struct transcript){ .text = arena_fmt(cx->arena, said, h->source ? h->source : "inconnue", now), .language = "fr", .model = "mock",
                                .duration_s = MOCK_DURATION_S, .confidence = MOCK_CONFIDENCE, .mock = true };
    out->segments.at = NEW(cx, struct segment);
    out->segments.at[out->segments.n++] = (struct segment){ .text = out->text, .end = MOCK_DURATION_S };
    return OK;
}
