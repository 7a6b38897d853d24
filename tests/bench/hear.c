/* The speech recogniser by itself: how long it takes for a file, as the worker has it set, with nothing around it.
 *
 *   hear MODEL_DIR SOUND SECONDS     SOUND: 16 kHz mono, signed 16 bits, no header; heard in pieces of SECONDS
 *
 * Prints {"seconds":..,"sound_s":..,"words":..}: of hearing alone, the model being loaded. */
#include "base/clock.h"

#include <fcntl.h>
#include <pocketsphinx.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define RATE 16000

static ps_decoder_t *decoder_of(const char *model)
{
    char hmm[512], lm[512], dict[512];

    snprintf(hmm, sizeof(hmm), "%s/en-us", model);
    snprintf(lm, sizeof(lm), "%s/en-us.lm.bin", model);
    snprintf(dict, sizeof(dict), "%s/cmudict-en-us.dict", model);
    cmd_ln_t *how = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", hmm, "-lm", lm, "-dict", dict, "-remove_silence", "no", "-logfn", "/dev/null", NULL);
    return how ? ps_init(how) : NULL;
}

static int words_of(ps_decoder_t *decoder)
{
    int n = 0;

    for (ps_seg_t *seg = ps_seg_iter(decoder); seg; seg = ps_seg_next(seg))
        n += ps_seg_word(seg)[0] != '<' && ps_seg_word(seg)[0] != '[';
    return n;
}

int main(int argc, char **argv)
{
    struct stat st;
    int fd = argc == 4 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1, words = 0;
    size_t piece = argc == 4 ? strtoul(argv[3], NULL, 10) * RATE : 0;

    if (fd < 0 || fstat(fd, &st) || !piece) {
        fprintf(stderr, "usage: hear MODEL_DIR SOUND SECONDS\n");
        return 2;
    }
    size_t n = (size_t)st.st_size / sizeof(int16_t);
    const int16_t *sound = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    ps_decoder_t *decoder = decoder_of(argv[1]);
    if (sound == MAP_FAILED || !decoder) {
        fprintf(stderr, "no sound, or no model in %s\n", argv[1]);
        return 1;
    }
    int64_t from_us = clock_us();
    for (size_t at = 0; at < n; at += piece) {
        if (ps_start_stream(decoder) < 0 || ps_start_utt(decoder) < 0 ||
            ps_process_raw(decoder, sound + at, n - at < piece ? n - at : piece, FALSE, TRUE) < 0 || ps_end_utt(decoder) < 0)
            return 1;
        words += words_of(decoder);
    }
    printf("{\"seconds\":%.3f,\"sound_s\":%.1f,\"words\":%d}\n", (double)(clock_us() - from_us) / 1e6, (double)n / RATE, words);
    ps_free(decoder);
    return 0;
}
