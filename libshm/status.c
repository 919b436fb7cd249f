/* status.c — the one list of statuses, and the versions. */
#include <shm/status.h>

static const struct {
    const char *name;
    const char *text;
} statuses[] = {
    [SHM_OK] = {"SHM_OK", "success"},
    [SHM_INVALID] = {"SHM_INVALID", "an argument or an input value cannot be taken"},
    [SHM_BAD_SCHEMA] = {"SHM_BAD_SCHEMA", "the schema text has an error"},
    [SHM_DUPLICATE_KEY] = {"SHM_DUPLICATE_KEY", "two rows have the same key in a unique index"},
    [SHM_LIMIT] = {"SHM_LIMIT", "a stated limit was passed"},
    [SHM_NO_MEMORY] = {"SHM_NO_MEMORY", "out of memory"},
    [SHM_IO] = {"SHM_IO", "a file cannot be opened, read or written"},
    [SHM_NO_SPACE] = {"SHM_NO_SPACE", "the file system is full"},
    [SHM_NOT_IMAGE] = {"SHM_NOT_IMAGE", "this is not a libshm image"},
    [SHM_TRUNCATED] = {"SHM_TRUNCATED", "the image is shorter than its header says"},
    [SHM_CORRUPT] = {"SHM_CORRUPT", "a checksum or an invariant of the image does not hold"},
    [SHM_WRONG_VERSION] = {"SHM_WRONG_VERSION",
                           "the image has a format version that this library does not read"},
    [SHM_WRONG_BYTE_ORDER] = {"SHM_WRONG_BYTE_ORDER",
                              "the image was written on a machine of the other byte order"},
    [SHM_SCHEMA_MISMATCH] = {"SHM_SCHEMA_MISMATCH",
                             "the image holds data of another, incompatible schema"},
    [SHM_NOT_FOUND] = {"SHM_NOT_FOUND", "there is no such collection, field or entry"},
    [SHM_ABORTED] = {"SHM_ABORTED", "a callback asked to stop"},
    [SHM_LOCKED] = {"SHM_LOCKED", "somebody else holds what is needed, or the wait timed out"},
};

enum { STATUS_COUNT = sizeof statuses / sizeof statuses[0] };

const char *shm_status_name(shm_status status)
{
    const unsigned number = (unsigned)status;
    return number < STATUS_COUNT ? statuses[number].name : "SHM_UNKNOWN";
}

const char *shm_status_text(shm_status status)
{
    const unsigned number = (unsigned)status;
    return number < STATUS_COUNT ? statuses[number].text : "a status that this library lacks";
}

const char *shm_version(void)
{
    return "0.1.0";
}

const char *shm_format_version(void)
{
    return "1.0";
}
