#include "wav.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = { (const char *)data, size };
    struct wav wav;

    if (wav_read(file, &wav) &&
        (wav.pcm.at < file.at || wav.pcm.at + wav.pcm.n > file.at + size || wav.pcm.n % 2 || wav.rate_hz < 8000))
        abort();
    return 0;
}
