/* What the gateway serves. */
#include "http/gateway.h"

extern const struct area identity_area, voice_area, assistant_area, transcription_area, webhooks_area, ops_area;

const struct area *const gateway_areas[] = { &identity_area, &voice_area, &assistant_area, &transcription_area, &webhooks_area, &ops_area, NULL };

size_t gateway_areas_n(void) { return COUNT(gateway_areas) - 1; }
