#include "data/archive.h"

#include <errno.h>
#include <zip.h>

struct archive { zip_t *zip; };

static void archive_drop(void *with)
{
    struct archive *a = with;

    if (a->zip)
        zip_discard(a->zip);
}

static err_t trouble(struct ctx *cx, zip_error_t *e)
{
    bool full = zip_error_system_type(e) == ZIP_ET_SYS && (zip_error_code_system(e) == ENOSPC || zip_error_code_system(e) == EDQUOT);

    return full ? fail(cx, DISK_FULL, "an archive: %s", zip_error_strerror(e)) : fail(cx, BLOB_DOWN, "an archive: %s", zip_error_strerror(e));
}

err_t archive_new(struct ctx *cx, const char *path, struct archive **out)
{
    struct archive *a = arena_own(cx->arena, NEW(cx, struct archive), archive_drop);
    int code = 0;

    *out = a;
    a->zip = zip_open(path, ZIP_CREATE | ZIP_EXCL, &code);
    if (a->zip)
        return OK;
    zip_error_t e;
    zip_error_init_with_code(&e, code);
    err_t why = trouble(cx, &e);
    zip_error_fini(&e);
    return why;
}

static err_t add(struct ctx *cx, struct archive *a, const char *name, zip_source_t *from, bool squeeze)
{
    zip_int64_t at = from ? zip_file_add(a->zip, name, from, ZIP_FL_ENC_UTF_8) : -1;

    if (at < 0 && from)
        zip_source_free(from);
    if (at < 0 || zip_set_file_compression(a->zip, (zip_uint64_t)at, squeeze ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0))
        return trouble(cx, zip_get_error(a->zip));
    return OK;
}

err_t archive_file(struct ctx *cx, struct archive *a, const char *name, const char *path, bool squeeze)
{
    return add(cx, a, name, zip_source_file(a->zip, path, 0, -1), squeeze);
}

err_t archive_text(struct ctx *cx, struct archive *a, const char *name, struct bytes text)
{
    return add(cx, a, name, zip_source_buffer(a->zip, text.at, text.n, 0), true);
}

err_t archive_end(struct ctx *cx, struct archive *a)
{
    if (zip_close(a->zip))
        return trouble(cx, zip_get_error(a->zip));
    a->zip = NULL;
    return OK;
}
