/* open.c — opening and closing datasets, and verifying images. */
#include <stdlib.h>
#include <string.h>

#include "collections/dataset/bind.h"
#include "libshm/error.h"

/* Puts the file's name before the message. */
static shm_status name_file(const char *path, shm_status status, shm_error *error)
{
    if (path != NULL && error != NULL) {
        const int reason = error->os_errno;
        status = shm_fail_at(error, status, error->offset, "'%s': %s", path, error->text);
        error->os_errno = reason;
    }
    return status;
}

/* What a program expects of an image. */
struct expected {
    const shm_schema *schema; /* NULL: see below */
    /* Of shm_dataset_open_as, else NULL. */
    const uint64_t *fingerprint;
    const char *name;
    const char *text;
};

static shm_status parse_text(const struct expected *expected, shm_dataset *dataset,
                             const shm_schema **schema, shm_error *error)
{
    const shm_status status = shm_schema_parse(expected->text, strlen(expected->text),
                                               expected->name, NULL, schema, error);
    dataset->owns_schema = status == SHM_OK;
    return status;
}

static shm_status bind_expected(shm_dataset *dataset, const struct expected *expected,
                                shm_error *error)
{
    const shm_schema *program = expected->schema;
    if (expected->fingerprint != NULL) {
        const uint64_t *stored = dataset->stored.schema->fingerprint;
        const bool exact =
            stored[0] == expected->fingerprint[0] && stored[1] == expected->fingerprint[1];
        if (!exact && expected->text == NULL) {
            return shm_fail(error, SHM_SCHEMA_MISMATCH,
                            "the image was built with another version of the schema; if that is "
                            "a compatible one, %s_open_compatible() reads it",
                            expected->name);
        }
        if (!exact) {
            const shm_status status = parse_text(expected, dataset, &program, error);
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    const shm_status status = shm_dataset_bind(dataset, program, error);
    if (status != SHM_OK && dataset->owns_schema) {
        shm_schema_free(program);
        dataset->owns_schema = false;
    }
    return status;
}

static bool must_verify(const shm_view *view, shm_verify verify)
{
    return verify == SHM_VERIFY_ALWAYS || (verify == SHM_VERIFY_AUTO && !view->trusted);
}

/* Opens what dataset->view holds. */
static shm_status open_viewed(shm_dataset *dataset, shm_verify verify,
                              const struct expected *expected, shm_error *error)
{
    shm_status status =
        shm_stored_bind(dataset->view.base, dataset->view.size, &dataset->stored, error);
    if (status == SHM_OK) {
        status = bind_expected(dataset, expected, error);
    }
    if (status == SHM_OK && must_verify(&dataset->view, verify)) {
        status = shm_stored_verify(&dataset->stored, NULL, error);
        dataset->verified = status == SHM_OK;
    }
    return status;
}

/* Takes the view over, whatever becomes of it. */
static shm_status open_view(shm_view view, const char *path, shm_verify verify,
                            const struct expected *expected, shm_dataset **dataset,
                            shm_error *error)
{
    shm_dataset *made = calloc(1, sizeof *made);
    if (made == NULL) {
        shm_view_close(&view);
        return shm_fail_memory(error);
    }
    made->view = view;
    const shm_status status = open_viewed(made, verify, expected, error);
    if (status != SHM_OK) {
        shm_dataset_close(made);
        return name_file(path, status, error);
    }
    *dataset = made;
    return SHM_OK;
}

static const shm_open_options defaults;

static shm_status open_path(const char *path, const shm_open_options *options,
                            const struct expected *expected, shm_dataset **dataset,
                            shm_error *error)
{
    shm_view view;
    const unsigned how = (options->private_copy ? SHM_VIEW_COPY : 0U) |
                         (options->pages == SHM_PAGES_HUGE ? SHM_VIEW_HUGE : 0U);
    const shm_status status = shm_view_open(path, how, &view, error);
    if (status != SHM_OK) {
        return status;
    }
    return open_view(view, path, options->verify, expected, dataset, error);
}

shm_status shm_dataset_open(const char *path, const shm_open_options *options,
                            shm_dataset **dataset, shm_error *error)
{
    const shm_open_options *chosen = options == NULL ? &defaults : options;
    const struct expected expected = {.schema = chosen->schema};
    return open_path(path, chosen, &expected, dataset, error);
}

shm_status shm_dataset_open_memory(const void *bytes, size_t size, const shm_open_options *options,
                                   shm_dataset **dataset, shm_error *error)
{
    const shm_open_options *chosen = options == NULL ? &defaults : options;
    const struct expected expected = {.schema = chosen->schema};
    shm_view view;
    const shm_status status = shm_view_borrow(bytes, size, &view, error);
    if (status != SHM_OK) {
        return status;
    }
    return open_view(view, NULL, chosen->verify, &expected, dataset, error);
}

shm_status shm_dataset_open_as(const char *path, const shm_open_options *options,
                               const uint64_t fingerprint[2], const char *name, const char *text,
                               shm_dataset **dataset, shm_error *error)
{
    const struct expected expected = {.fingerprint = fingerprint, .name = name, .text = text};
    return open_path(path, options == NULL ? &defaults : options, &expected, dataset, error);
}

void shm_dataset_close(shm_dataset *dataset)
{
    if (dataset == NULL) {
        return;
    }
    if (dataset->owns_schema) {
        shm_schema_free(dataset->schema);
    }
    shm_arena_close(&dataset->arena);
    shm_stored_close(&dataset->stored);
    shm_view_close(&dataset->view);
    free(dataset);
}

static shm_status verify_view(const shm_view *view, uint64_t *operations, shm_error *error)
{
    shm_stored stored;
    shm_status status = shm_stored_bind(view->base, view->size, &stored, error);
    if (status == SHM_OK) {
        status = shm_stored_verify(&stored, operations, error);
        shm_stored_close(&stored);
    }
    return status;
}

shm_status shm_image_verify(const char *path, uint64_t *operations, shm_error *error)
{
    shm_view view;
    shm_status status = shm_view_open(path, 0, &view, error);
    if (status != SHM_OK) {
        return status;
    }
    status = verify_view(&view, operations, error);
    shm_view_close(&view);
    return status == SHM_OK ? SHM_OK : name_file(path, status, error);
}

shm_status shm_image_verify_memory(const void *bytes, size_t size, uint64_t *operations,
                                   shm_error *error)
{
    shm_view view;
    const shm_status status = shm_view_borrow(bytes, size, &view, error);
    return status == SHM_OK ? verify_view(&view, operations, error) : status;
}
