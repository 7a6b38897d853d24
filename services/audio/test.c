/* The audio worker on real files: made by ffmpeg, sox, flite and espeak-ng while the test runs, and real recordings. */
#include "config.h"
#include "convert.h"
#include "handler.h"
#include "tools.h"
#include "app/jobs.h"
#include "net/blob.h"
#include "proto/audio.h"
#include "test.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDINGS "/usr/share/pocketsphinx/test/data/"
#define LIBRIVOX   RECORDINGS "librivox/sense_and_sensibility_01_austen_64kb-0870.wav"

static const char *dir;
static struct job the_job = { .id = "0192", .root = "0190", .step = "audio", .kind = "audio.extract", .attempt = 2 };

static void start(struct ctx *cx)
{
    err_t e = blob_workdir(cx, &dir);

    if (!e)
        e = blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", dir), &cx->blobs);
    if (e)
        skip(e->text);
    cx->job = &the_job;
}

/* Runs a program in the test's directory; gives what it printed, and what it complained after that. */
static const char *tool(struct ctx *cx, const char *const *words)
{
    struct args a = { .n = 0 };
    struct child_end end = { .status = 0 };

    args_put(&a, words);
    CHECK_OK(child_run(cx, &(struct child_ask){ .argv = a.at, .dir = dir }, &end));
    if (end.status)
        SAY("%s: status %d: %.*s", a.at[0], end.status, (int)end.complaint.n, end.complaint.at);
    return arena_fmt(cx->arena, "%.*s%.*s", (int)end.output.n, end.output.at, (int)end.complaint.n, end.complaint.at);
}
#define TOOL(...) tool(cx, WORDS(__VA_ARGS__))
#define FFMPEG(...) tool(cx, WORDS("ffmpeg", "-nostdin", "-v", "error", "-y", __VA_ARGS__))

static const char *path(struct ctx *cx, const char *name)
{
    return name[0] == '/' ? name : arena_fmt(cx->arena, "%s/%s", dir, name);
}

static void write_file(struct ctx *cx, const char *name, const void *at, size_t n)
{
    int fd = open(path(cx, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK_INT(write(fd, at, n), n);
    close(fd);
}
#define WRITE(name, text) write_file(cx, name, text, sizeof(text) - 1)

static void cut(struct ctx *cx, const char *name, long bytes)
{
    CHECK_INT(truncate(path(cx, name), bytes), 0);
}

static fallible extract(struct ctx *cx, const char *name, struct audio_made *out)
{
    struct audio_extract in = { .file = "asks/in" };

    *out = (struct audio_made){ .file = NULL };
    TRY(blob_put_file(cx, in.file, path(cx, name)));
    return audio_extract.run(cx, &in, out);
}

static fallible make(struct ctx *cx, const char *name, const char *format, int kbps, struct audio_made *out)
{
    struct audio_convert in = { .file = "asks/in", .format = format, .bit_rate_kbps = kbps };

    *out = (struct audio_made){ .file = NULL };
    TRY(blob_put_file(cx, in.file, path(cx, name)));
    return audio_convert.run(cx, &in, out);
}

/* One value that ffprobe finds in a result. */
static const char *found(struct ctx *cx, const struct audio_made *made, const char *entry)
{
    CHECK_OK(blob_fetch(cx, made->file, path(cx, "result")));
    char *said = arena_fmt(cx->arena, "%s", TOOL("ffprobe", "-v", "error", "-show_entries", entry, "-of", "default=nk=1:nw=1", "result"));
    said[strcspn(said, "\n,")] = '\0';
    unlink(path(cx, "result"));
    return said;
}

/* The loudest sample of a result, in dB below full scale. */
static double loudest(struct ctx *cx, const struct audio_made *made)
{
    CHECK_OK(blob_fetch(cx, made->file, path(cx, "result")));
    const char *said = TOOL("ffmpeg", "-nostdin", "-hide_banner", "-i", "result", "-af", "volumedetect", "-f", "null", "-");
    const char *at = strstr(said, "max_volume: ");
    double db = -999;
    CHECK(at && text_to_real(at + 12, strcspn(at + 12, " "), &db));
    unlink(path(cx, "result"));
    return db;
}

/* That a text is in the error tells more than its code. */
static void refused(struct ctx *cx, const char *name, enum err_code code, const char *says)
{
    struct audio_made made;
    err_t e = extract(cx, name, &made);

    if (!e || e->code != code)
        SAY("%s: %s (%s), not %s", name, e ? err_name(e->code) : "OK", e ? e->text : "", err_name(code));
    else
        CHECK_HAS(e->text, says);
}

static void is_speech_wav(struct ctx *cx, const char *name, const struct audio_made *made, double seconds)
{
    struct bytes wav;
    static const char header[] = "\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0" "data";

    NEED_OK(blob_read(cx, made->file, 1 << 24, &wav));
    if (wav.n < 44 || memcmp(wav.at, "RIFF", 4) || memcmp(wav.at + 20, header, sizeof(header) - 1))
        SAY("%s did not become 16 kHz mono s16", name);
    if (fabs(made->duration_s - seconds) > 0.15)
        SAY("%s lasts %.3f s, not %.3f", name, made->duration_s, seconds);
    if (llabs((long long)(wav.n - 44) - llround(made->duration_s * 32000)) > 2)
        SAY("%s: %zu bytes are not %.4f s", name, wav.n, made->duration_s);
    CHECK_INT(made->size, wav.n);
    CHECK_TEXT(made->type, "audio/wav");
}

/* --- what is read --- */

static const struct { const char *name, *const *how, *codec; int channels, rate_hz; } kinds[] = {
    { "k.wav",  WORDS("-c:a", "pcm_s16le"), "pcm_s16le", 2, 44100 },
    { "k.mp3",  WORDS("-c:a", "libmp3lame"), "mp3", 2, 44100 },
    { "k.ogg",  WORDS("-c:a", "libvorbis"), "vorbis", 2, 44100 },
    { "k.opus", WORDS("-c:a", "libopus"), "opus", 2, 48000 },
    { "k.flac", WORDS("-c:a", "flac"), "flac", 2, 44100 },
    { "k.m4a",  WORDS("-c:a", "aac"), "aac", 2, 44100 },
    { "k.mov",  WORDS("-c:a", "pcm_s16be"), "pcm_s16be", 2, 44100 },
    { "k.aac",  WORDS("-c:a", "aac"), "aac", 2, 44100 },
    { "k.webm", WORDS("-c:a", "libopus"), "opus", 2, 48000 },
    { "k.mka",  WORDS("-c:a", "ac3"), "ac3", 2, 44100 },
    { "k.aiff", WORDS("-c:a", "pcm_s16be"), "pcm_s16be", 2, 44100 },
    { "k.caf",  WORDS("-c:a", "pcm_s24be"), "pcm_s24be", 2, 44100 },
    { "k.au",   WORDS("-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"), "pcm_mulaw", 1, 8000 },
    { "k.avi",  WORDS("-c:a", "mp3"), "mp3", 2, 44100 },
    { "k.ts",   WORDS("-c:a", "mp2"), "mp2", 2, 44100 },
    { "k.mpg",  WORDS("-c:a", "mp2"), "mp2", 2, 44100 },
    { "k.wma",  WORDS("-c:a", "wmav2"), "wmav2", 2, 44100 },
    { "k.flv",  WORDS("-c:a", "mp3"), "mp3", 2, 44100 },
    { "k.w64",  WORDS("-c:a", "pcm_f32le"), "pcm_f32le", 2, 44100 },
};

TEST_WITHIN(a_recording_of_every_kind_becomes_16_khz_mono, 120)
{
    struct audio_made made;

    start(cx);
    TOOL("sox", "-n", "-r", "44100", "-c", "2", "tone.wav", "synth", "3", "sine", "440", "gain", "-6");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct args a = { .n = 0 };
        args_put(&a, WORDS("ffmpeg", "-nostdin", "-v", "error", "-i", "tone.wav"));
        args_put(&a, kinds[i].how);
        args_put(&a, WORDS(kinds[i].name));
        tool(cx, a.at);
        NEED_OK(extract(cx, kinds[i].name, &made));
        is_speech_wav(cx, kinds[i].name, &made, 3.0);
        CHECK_TEXT(made.codec, kinds[i].codec);
        CHECK_INT(made.channels, kinds[i].channels);
        CHECK_INT(made.rate_hz, kinds[i].rate_hz);
        CHECK(!made.video);
        CHECK(fabs(loudest(cx, &made) + 6) < 2);
    }
}

TEST(the_result_is_named_after_root_step_and_attempt)
{
    struct audio_made made;

    start(cx);
    NEED_OK(extract(cx, LIBRIVOX, &made));
    CHECK_TEXT(made.file, "jobs/90/0190-audio-2.wav");
    struct job alone = { .id = "7", .root = "7", .kind = "audio.convert", .attempt = 1 };
    cx->job = &alone;
    NEED_OK(make(cx, LIBRIVOX, NULL, 0, &made));
    CHECK_TEXT(made.file, "jobs/7/7-audio.convert-1.mp3");
}

TEST(real_recordings_keep_their_length_and_their_sound)
{
    static const struct { const char *name; double seconds; } real[] = {
        { LIBRIVOX, 7.10 },
        { RECORDINGS "librivox/sense_and_sensibility_01_austen_64kb-0880.wav", 2.99 },
        { RECORDINGS "cards/001.wav", 0 },
    };
    struct audio_made made;
    double seconds = 0;

    start(cx);
    for (size_t i = 0; i < COUNT(real); i++) {
        const char *said = TOOL("soxi", "-D", real[i].name);
        CHECK(text_to_real(said, strcspn(said, "\n"), &seconds) && seconds > 0.5);
        NEED_OK(extract(cx, real[i].name, &made));
        is_speech_wav(cx, real[i].name, &made, seconds);
        CHECK(loudest(cx, &made) > -30);
    }
}

TEST(speech_of_flite_and_espeak_is_read)
{
    struct audio_made made;

    start(cx);
    TOOL("flite", "-voice", "slt", "-t", "the quick brown fox", "-o", "flite.wav");
    NEED_OK(extract(cx, "flite.wav", &made));
    CHECK(made.duration_s > 0.8 && loudest(cx, &made) > -20);
    TOOL("espeak-ng", "-v", "fr", "-w", "espeak.wav", "Bonjour tout le monde");
    NEED_OK(extract(cx, "espeak.wav", &made));
    CHECK(made.duration_s > 0.8 && loudest(cx, &made) > -20);
}

TEST(a_video_gives_its_sound)
{
    struct audio_made made;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "testsrc=d=2:s=64x64:r=10", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "mpeg4", "-c:a", "aac", "v.mp4");
    NEED_OK(extract(cx, "v.mp4", &made));
    is_speech_wav(cx, "v.mp4", &made, 2.0);
    CHECK(made.video);
    CHECK_TEXT(made.codec, "aac");
}

TEST(a_cover_is_no_video)
{
    struct audio_made made;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "color=red:s=32x32:d=0.04", "-map", "0:a", "-map", "1:v", "-c:v",
           "png", "-frames:v", "1", "-c:a", "libmp3lame", "-id3v2_version", "3", "-disposition:v", "attached_pic", "cover.mp3");
    NEED_OK(extract(cx, "cover.mp3", &made));
    CHECK(!made.video);
    CHECK_TEXT(made.codec, "mp3");
}

TEST(a_tag_before_aac_or_flac_is_stepped_over)
{
    struct audio_made made;
    static const char tag[] = "ID3\x04\0\0\0\0\0\x05hello";

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "a.aac");
    struct bytes aac;
    NEED_OK(blob_put_file(cx, "t/a", path(cx, "a.aac")));
    NEED_OK(blob_read(cx, "t/a", 1 << 20, &aac));
    char *both = arena_fmt(cx->arena, "%*s", (int)(aac.n + sizeof(tag) - 1), "");
    memcpy(both, tag, sizeof(tag) - 1);
    memcpy(both + sizeof(tag) - 1, aac.at, aac.n);
    write_file(cx, "tagged.aac", both, aac.n + sizeof(tag) - 1);
    NEED_OK(extract(cx, "tagged.aac", &made));
    CHECK_TEXT(made.codec, "aac");
}

TEST(what_only_ffprobe_recognises_is_read)
{
    struct audio_made made;
    struct bytes mp3;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=4", "-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0", "j.mp3");
    NEED_OK(blob_put_file(cx, "t/j", path(cx, "j.mp3")));
    NEED_OK(blob_read(cx, "t/j", 1 << 20, &mp3));
    char *junk = arena_get(cx->arena, mp3.n + 700);
    memcpy(junk + 700, mp3.at, mp3.n);
    write_file(cx, "junk.mp3", junk, mp3.n + 700);
    NEED_OK(extract(cx, "junk.mp3", &made));
    CHECK(fabs(made.duration_s - 4) < 0.2);
}

TEST(amr_of_telephones_is_read)
{
    struct audio_made made;
    char amr[6 + 50 * 13] = "#!AMR\n";

    start(cx);
    for (int i = 0; i < 50; i++)        /* frames of 20 ms at 4.75 kbit/s, RFC 4867 5.3 */
        amr[6 + i * 13] = 0x04;
    write_file(cx, "a.amr", amr, sizeof(amr));
    NEED_OK(extract(cx, "a.amr", &made));
    is_speech_wav(cx, "a.amr", &made, 1.0);
    CHECK_TEXT(made.codec, "amr_nb");
}

/* --- what is refused --- */

TEST(what_is_no_recording_is_refused_with_a_reason)
{
    start(cx);
    WRITE("empty", "");
    refused(cx, "empty", E_MEDIA_UNREADABLE, "The file is empty");
    WRITE("text", "Bonjour, ceci est une lettre.\nElle n'a pas de son. \xc3\xa9t\xc3\xa9\n");
    refused(cx, "text", E_MEDIA_UNREADABLE, "The file is text");
    WRITE("pdf", "%PDF-1.7\n1 0 obj\n");
    refused(cx, "pdf", E_MEDIA_UNREADABLE, "a PDF document");
    WRITE("zip", "PK\x03\x04\x14\0\0\0");
    refused(cx, "zip", E_MEDIA_UNREADABLE, "Office document");
    WRITE("midi", "MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\0");
    refused(cx, "midi", E_MEDIA_UNREADABLE, "MIDI");
    FFMPEG("-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1", "i.png");
    refused(cx, "i.png", E_MEDIA_UNREADABLE, "an image");
    WRITE("byte", "\x80");
    refused(cx, "byte", E_MEDIA_UNREADABLE, "not audio or video");
}

TEST(noise_without_a_container_is_refused)
{
    unsigned seed = 7;
    char noise[20000];

    start(cx);
    for (size_t i = 0; i < sizeof(noise); i++) {
        seed = seed * 1103515245 + 12345;
        noise[i] = (char)(seed >> 16 & 0x7f);       /* no frame sync anywhere */
    }
    noise[0] = 1;
    write_file(cx, "noise", noise, sizeof(noise));
    refused(cx, "noise", E_MEDIA_UNREADABLE, "not audio or video");
}

TEST(a_false_beginning_is_refused)
{
    start(cx);
    WRITE("f.mp4", "\0\0\0\x18" "ftypisom\0\0\x02\0isomiso2 and then nothing of the kind, only words");
    refused(cx, "f.mp4", E_MEDIA_UNREADABLE, "begins as MP4");
    WRITE("f.ogg", "OggS and then nothing of the kind");
    refused(cx, "f.ogg", E_MEDIA_UNREADABLE, "Ogg");
    WRITE("f.webm", "\x1a\x45\xdf\xa3 and then nothing of the kind");
    refused(cx, "f.webm", E_MEDIA_UNREADABLE, "WebM");
    WRITE("f.wav", "RIFF\x24\0\0\0WAVEfmt ");
    refused(cx, "f.wav", E_MEDIA_UNREADABLE, "WAV");
    WRITE("f.mp3", "\xff\xfb\x90\x64");
    refused(cx, "f.mp3", E_MEDIA_UNREADABLE, "MP3");
    WRITE("f.flac", "fLaC\0\0\0\x22");
    refused(cx, "f.flac", E_MEDIA_UNREADABLE, "FLAC");
}

TEST(a_file_cut_beyond_use_is_refused_and_one_cut_later_gives_what_is_there)
{
    struct audio_made made;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=4", "-c:a", "aac", "cut.m4a");      /* its index is at the end */
    cut(cx, "cut.m4a", 8000);
    refused(cx, "cut.m4a", E_MEDIA_UNREADABLE, "moov atom not found");
    FFMPEG("-f", "lavfi", "-i", "sine=d=4", "-ar", "16000", "cut.wav");
    cut(cx, "cut.wav", 78);
    refused(cx, "cut.wav", E_MEDIA_UNREADABLE, "no sound left");
    FFMPEG("-f", "lavfi", "-i", "sine=d=4", "-ar", "16000", "half.wav");
    cut(cx, "half.wav", 64078);
    NEED_OK(extract(cx, "half.wav", &made));
    is_speech_wav(cx, "half.wav", &made, 2.0);
    FFMPEG("-f", "lavfi", "-i", "sine=d=4", "-c:a", "libmp3lame", "-b:a", "64k", "half.mp3");
    cut(cx, "half.mp3", 16000);
    NEED_OK(extract(cx, "half.mp3", &made));
    is_speech_wav(cx, "half.mp3", &made, 2.0);
}

TEST(a_video_without_sound_is_said_to_be_silent)
{
    start(cx);
    FFMPEG("-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:v", "mpeg4", "mute.mp4");
    refused(cx, "mute.mp4", E_MEDIA_SILENT, "no audio track");
}

TEST(playlists_are_refused_whatever_they_name)
{
    start(cx);
    WRITE("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n");
    refused(cx, "a.m3u8", E_MEDIA_UNREADABLE, "a playlist");
    WRITE("c.txt", "ffconcat version 1.0\nfile /etc/passwd\n");
    refused(cx, "c.txt", E_MEDIA_UNREADABLE, "a playlist");
    WRITE("late.m3u8", "\n\n#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:27001/x\n");
    refused(cx, "late.m3u8", E_MEDIA_UNREADABLE, "text");
    WRITE("bytes.m3u8", "#EXTM3V\x01\n#EXTM3U\n#EXTINF:1,\n/etc/passwd\n");
    refused(cx, "bytes.m3u8", E_MEDIA_UNREADABLE, "not audio or video");
    WRITE("d.mpd", "<?xml version=\"1.0\"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>");
    refused(cx, "d.mpd", E_MEDIA_UNREADABLE, "text");
    WRITE("tagged.m3u8", "ID3\x04\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n");
    refused(cx, "tagged.m3u8", E_MEDIA_UNREADABLE, "MP3");
}

TEST(a_header_that_claims_ten_hours_is_judged_by_what_is_there)
{
    struct audio_made made;
    static const char header[44] = "RIFF\x24\x80\x49\x4dWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\0\x80\x49\x44";
    char wav[44 + 3200] = "";

    start(cx);
    memcpy(wav, header, sizeof(header));
    write_file(cx, "claims.wav", wav, sizeof(wav));
    NEED_OK(extract(cx, "claims.wav", &made));
    is_speech_wav(cx, "claims.wav", &made, 0.1);
}

TEST(a_hole_in_the_time_stamps_makes_no_hour_of_silence)
{
    struct audio_made made;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=2,asetpts='PTS+gte(N,40)*7200/TB'", "-c:a", "flac", "hole.mka");
    CHECK_HAS(TOOL("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", "hole.mka"), "720");
    NEED_OK(extract(cx, "hole.mka", &made));
    CHECK(fabs(made.duration_s - 2) < 0.1);
    NEED_OK(make(cx, "hole.mka", "opus", 0, &made));
    CHECK(fabs(made.duration_s - 2) < 0.1);
}

TEST(what_is_too_long_is_refused_after_a_bounded_decoding)
{
    struct audio_made made;

    start(cx);
    audio_settings.audio_max_s = 3;
    FFMPEG("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "20000", "-c:a", "flac", "-compression_level", "0", "long.flac");
    refused(cx, "long.flac", E_MEDIA_TOO_LONG, "longer than 3 seconds");
    FFMPEG("-f", "lavfi", "-i", "sine=d=3", "fits.wav");
    NEED_OK(extract(cx, "fits.wav", &made));
    CHECK_FAILS(make(cx, "long.flac", "mp3", 0, &made), MEDIA_TOO_LONG);
}

TEST(what_is_too_large_is_refused_before_any_work)
{
    start(cx);
    audio_settings.audio_max_bytes = 1000;
    refused(cx, LIBRIVOX, E_BODY_TOO_LARGE, "at most 1000");
}

TEST(a_file_that_is_not_there_is_unknown)
{
    struct audio_extract in = { .file = "asks/none" };
    struct audio_made made = { .file = NULL };

    start(cx);
    CHECK_FAILS(audio_extract.run(cx, &in, &made), FILE_UNKNOWN);
}

/* --- what people get --- */

TEST(each_format_for_people_is_what_it_says)
{
    static const struct { const char *format, *type, *codec, *container, *ending; } made_of[] = {
        { "mp3", "audio/mpeg", "mp3", "mp3", ".mp3" },
        { "aac", "audio/mp4", "aac", "mov", ".m4a" },
        { "opus", "audio/ogg", "opus", "ogg", ".ogg" },
        { "wav", "audio/wav", "pcm_s16le", "wav", ".wav" },
    };
    struct audio_made made;

    start(cx);
    for (size_t i = 0; i < COUNT(made_of); i++) {
        NEED_OK(make(cx, LIBRIVOX, made_of[i].format, 0, &made));
        CHECK_TEXT(found(cx, &made, "stream=codec_name"), made_of[i].codec);
        CHECK_TEXT(found(cx, &made, "format=format_name"), made_of[i].container);
        CHECK_TEXT(made.type, made_of[i].type);
        CHECK_HAS(made.file, made_of[i].ending);
        CHECK(fabs(made.duration_s - 7.10) < 0.15);
        CHECK(loudest(cx, &made) > -30);
    }
}

TEST(a_bit_rate_is_kept_within_what_the_format_can)
{
    struct audio_made small, large;

    start(cx);
    NEED_OK(make(cx, LIBRIVOX, "mp3", 32, &small));
    NEED_OK(make(cx, LIBRIVOX, "mp3", 128, &large));
    CHECK(small.size * 2 < large.size);
    CHECK(llabs(small.size - 7 * 4000) < 4000);
    NEED_OK(make(cx, LIBRIVOX, "opus", 320, &large));
    NEED_OK(make(cx, LIBRIVOX, "opus", 1, &small));
    CHECK(small.size * 4 < large.size);
}

TEST(six_channels_at_96_khz_become_two_at_48)
{
    struct audio_made made;

    start(cx);
    TOOL("sox", "-n", "-r", "96000", "-c", "6", "surround.wav", "synth", "1", "sine", "440", "gain", "-6");
    NEED_OK(make(cx, "surround.wav", "wav", 0, &made));
    CHECK_INT(made.channels, 6);
    CHECK_INT(made.rate_hz, 96000);
    CHECK_TEXT(found(cx, &made, "stream=channels"), "2");
    CHECK_TEXT(found(cx, &made, "stream=sample_rate"), "48000");
    NEED_OK(make(cx, "surround.wav", "mp3", 0, &made));
    CHECK_TEXT(found(cx, &made, "stream=sample_rate"), "48000");
}

TEST(what_a_file_tells_about_its_owner_is_not_kept)
{
    struct audio_made made;

    start(cx);
    FFMPEG("-f", "lavfi", "-i", "sine=d=1", "-metadata", "title=chez le docteur", "-metadata", "location=+48.85+002.35/", "m.m4a");
    NEED_OK(make(cx, "m.m4a", "aac", 0, &made));
    CHECK_TEXT(found(cx, &made, "format_tags=title"), "");
    CHECK_TEXT(found(cx, &made, "format_tags=location"), "");
}

TEST(an_unknown_format_is_refused)
{
    struct audio_made made;

    start(cx);
    CHECK_FAILS(make(cx, LIBRIVOX, "mid", 0, &made), INPUT_INVALID);
}

TEST(first_bytes_that_end_early_are_no_container)
{
    static const uint8_t riff[] = "RIFF....WAV";

    for (size_t n = 0; n < sizeof(riff) - 1; n++)
        CHECK(!container_of_bytes(riff, n) || !container_of_bytes(riff, n)->demuxer);
    CHECK(!container_of_bytes(riff, 0));
    CHECK_TEXT(container_of_demuxer("mov,mp4,m4a,3gp,3g2,mj2")->demuxer, "mov");
    CHECK(!container_of_demuxer("hls"));
    CHECK(!container_of_demuxer(""));
    CHECK_HAS(container_demuxers(cx), "mp3");
    CHECK(!strstr(container_demuxers(cx), "concat") && !strstr(container_demuxers(cx), "hls"));
}
