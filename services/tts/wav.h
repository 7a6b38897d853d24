/* WAV files as speech engines write them: sizes in the header are often placeholders. */
#pragma once

#include "base/text.h"

struct wav { struct bytes pcm; int rate_hz; };      /* mono, 16 bits, little-endian; a whole number of samples */

/* True for mono 16-bit PCM at a usual rate. A size that is larger than the bytes there are, or zero, means "to the end". */
bool wav_read(struct bytes file, struct wav *out);
