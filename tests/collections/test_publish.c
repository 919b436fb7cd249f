/* Publishing: all or nothing, whatever fails on the way. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "libshm/file.h"
#include "tests/support/allocation.h"
#include "tests/support/build.h"

static const char schema_text[] =
    "record R { id: u32; name: string; tags: [string]; twin: ref<R>?; }"
    "dataset D { rows: array<R>; by_id: index rows by id; by_tag: multi rows by tags;"
    " sounds: multi rows by name approximate 1/1000; m: map<string, u8>; s: set<datetime>;"
    " t: tensor<u8>; ids: index rows by id min; tagged: multi rows by tags min;"
    " ages: map<u32, u8> min; }";

enum { FOLDER_BYTES = 64, PATH_BYTES = 128 };

/* A folder of the test's own, left to the runner to remove. */
static void make_folder(char folder[FOLDER_BYTES])
{
    const size_t length = strlen(strcpy(folder, "publish."));
    memset(folder + length, 'X', 6); /* for mkdtemp to replace */
    folder[length + 6] = '\0';
    cr_assert_not_null(mkdtemp(folder));
}

/* The names in the folder, each followed by a space, in no order; "" if there are none. */
static const char *names_in(const char *folder)
{
    static char names[512];
    DIR *listing = opendir(folder);
    cr_assert_not_null(listing);
    names[0] = '\0';
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            strcat(strcat(names, entry->d_name), " ");
        }
    }
    closedir(listing);
    return names;
}

static void put_row(shm_builder *builder, uint64_t id)
{
    char text[64];
    snprintf(text, sizeof text, "a name of number %llu that is long", (unsigned long long)id);
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, id);
    shm_put_text(builder, shm_string_of(text, strlen(text)));
    shm_put_begin(builder);
    for (uint64_t i = 0; i < id % 3; i++) {
        shm_put_text(builder, shm_string_of(text, i == 0 ? 3 : strlen(text)));
    }
    shm_put_end(builder);
}

static shm_status put_pair(shm_builder *builder, uint64_t number, shm_error *error)
{
    char text[64];
    snprintf(text, sizeof text, "a key of the map, number %llu", (unsigned long long)number);
    shm_builder_row_begin(builder, 4);
    shm_put_text(builder, shm_string_of(text, strlen(text)));
    shm_put_uint(builder, 1);
    return shm_builder_row_end(builder, NULL, error);
}

/* Something in every collection; stops at the first failure. */
static shm_status fill(shm_builder *builder, uint64_t rows, shm_error *error)
{
    static const unsigned char elements[1000];
    const uint64_t shape[] = {10, 100};
    shm_status status = shm_builder_tensor_begin(builder, 6, shape, 2, error);
    if (status == SHM_OK) {
        status = shm_builder_tensor_add(builder, 6, elements, sizeof elements, error);
    }
    for (uint64_t i = 0; i < rows && status == SHM_OK; i++) {
        put_row(builder, i);
        status = shm_builder_row_end(builder, NULL, error);
        if (status == SHM_OK) {
            status = put_pair(builder, i, error);
        }
        shm_builder_row_begin(builder, 5);
        shm_put_datetime(builder, (shm_datetime){.micros = (int64_t)i});
        if (status == SHM_OK) {
            status = shm_builder_row_end(builder, NULL, error);
        }
    }
    return status;
}

static shm_builder *open_builder(const shm_schema *schema)
{
    return shm_test_builder(schema);
}

/* Publishes an image of that many rows of the first table. */
static shm_status publish_rows(const shm_schema *schema, const char *path, uint64_t rows,
                               shm_error *error)
{
    shm_builder *builder = open_builder(schema);
    for (uint64_t i = 0; i < rows; i++) {
        put_row(builder, i);
        cr_assert_eq(shm_builder_row_end(builder, NULL, error), SHM_OK, "%s", error->text);
    }
    const shm_status status = shm_builder_publish(builder, path, error);
    shm_builder_close(builder);
    return status;
}

/* The rows of the first table of the image there, verified; UINT64_MAX if it is none. */
static uint64_t rows_at(const char *path)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset;
    if (shm_dataset_open(path, &options, &dataset, NULL) != SHM_OK) {
        return UINT64_MAX;
    }
    const uint64_t count = shm_dataset_table(dataset, 0).count;
    shm_dataset_close(dataset);
    return count;
}

struct place {
    char folder[FOLDER_BYTES];
    char path[PATH_BYTES];
    const shm_schema *schema;
};

static struct place open_place(void)
{
    struct place place;
    make_folder(place.folder);
    snprintf(place.path, sizeof place.path, "%s/a.img", place.folder);
    place.schema = shm_test_schema(schema_text);
    return place;
}

Test(publish, a_new_file_and_a_replaced_one)
{
    struct place place = open_place();
    struct stat found;
    shm_error error;
    cr_assert_eq(publish_rows(place.schema, place.path, 3, &error), SHM_OK, "%s", error.text);
    cr_assert_eq(stat(place.path, &found), 0);
    cr_expect_eq(found.st_mode & 07777, 0600);
    cr_expect_eq(rows_at(place.path), 3);
    cr_assert_eq(chmod(place.path, 0640), 0);
    cr_assert_eq(publish_rows(place.schema, place.path, 4, &error), SHM_OK, "%s", error.text);
    cr_assert_eq(stat(place.path, &found), 0);
    cr_expect_eq(found.st_mode & 07777, 0640, "the permissions of the file it replaces");
    cr_expect_eq(rows_at(place.path), 4);
    cr_expect_str_eq(names_in(place.folder), "a.img ");
    shm_schema_free(place.schema);
}

Test(publish, takes_over_what_a_killed_build_left)
{
    struct place place = open_place();
    char left[PATH_BYTES];
    shm_error error;
    snprintf(left, sizeof left, "%s/.a.img.new", place.folder);
    fclose(fopen(left, "w"));
    cr_assert_eq(publish_rows(place.schema, place.path, 3, &error), SHM_OK, "%s", error.text);
    cr_expect_eq(rows_at(place.path), 3);
    cr_expect_str_eq(names_in(place.folder), "a.img ");
    shm_schema_free(place.schema);
}

Test(publish, replaces_nothing_but_a_regular_file)
{
    struct place place = open_place();
    char text[256];
    shm_error error;
    cr_assert_eq(mkdir(place.path, 0700), 0);
    cr_expect_eq(publish_rows(place.schema, place.path, 1, &error), SHM_IO);
    snprintf(text, sizeof text, "%s: is a folder, which is not replaced", place.path);
    cr_expect_str_eq(error.text, text);
    cr_assert_eq(rmdir(place.path), 0);
    cr_assert_eq(symlink("elsewhere", place.path), 0);
    cr_expect_eq(publish_rows(place.schema, place.path, 1, &error), SHM_IO);
    snprintf(text, sizeof text, "%s: is a symbolic link, which is not replaced", place.path);
    cr_expect_str_eq(error.text, text);
    cr_assert_eq(unlink(place.path), 0);
    cr_assert_eq(mkfifo(place.path, 0600), 0);
    cr_expect_eq(publish_rows(place.schema, place.path, 1, &error), SHM_IO);
    snprintf(text, sizeof text, "%s: is not a regular file, which is not replaced", place.path);
    cr_expect_str_eq(error.text, text);
    cr_expect_str_eq(names_in(place.folder), "a.img ");
    cr_expect_eq(publish_rows(place.schema, "nowhere/at/all.img", 1, &error), SHM_IO);
    cr_expect_str_eq(error.text,
                     "nowhere/at/all.img: cannot open its folder: No such file or directory");
    cr_expect_eq(publish_rows(place.schema, "folder/", 1, &error), SHM_IO);
    shm_schema_free(place.schema);
}

/* A failed build's message; the image of two rows at place->path is there before and after. */
static void expect_failure(const struct place *place, shm_builder *builder, shm_status expected,
                           const char *text)
{
    shm_error error;
    cr_expect_eq(shm_builder_publish(builder, place->path, &error), expected);
    cr_expect_str_eq(error.text, text, "%s", error.text);
    shm_error again;
    cr_expect_eq(shm_builder_publish(builder, place->path, &again), expected);
    cr_expect_str_eq(again.text, text);
    shm_builder_close(builder);
    cr_expect_eq(rows_at(place->path), 2);
    cr_expect_str_eq(names_in(place->folder), "a.img ");
}

static shm_builder *open_after_two_rows(const struct place *place)
{
    shm_error error;
    cr_assert_eq(publish_rows(place->schema, place->path, 2, &error), SHM_OK, "%s", error.text);
    return open_builder(place->schema);
}

Test(publish, duplicate_keys_name_both_rows)
{
    struct place place = open_place();
    shm_error error;
    shm_builder *builder = open_after_two_rows(&place);
    const uint64_t ids[] = {5, 7, 42, 7, 5, 9};
    for (size_t i = 0; i < 6; i++) {
        put_row(builder, ids[i]);
        cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK);
    }
    expect_failure(&place, builder, SHM_DUPLICATE_KEY,
                   "by_id: duplicate key 7: rows 1 and 3 of rows");
    builder = open_after_two_rows(&place);
    for (int i = 0; i < 2; i++) {
        shm_builder_row_begin(builder, 4);
        shm_put_text(builder, SHM_STR("Bern"));
        shm_put_uint(builder, 1);
        cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK);
    }
    expect_failure(&place, builder, SHM_DUPLICATE_KEY,
                   "m: duplicate key \"Bern\": rows 0 and 1 of m");
    shm_schema_free(place.schema);
}

Test(publish, refs_must_lead_to_rows)
{
    struct place place = open_place();
    shm_error error;
    for (uint64_t twin = 1; twin <= 2; twin++) {
        shm_builder *builder = open_after_two_rows(&place);
        for (uint64_t i = 0; i < 2; i++) {
            put_row(builder, i);
            shm_put_uint(builder, i == 0 ? twin : 0);
            cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK);
        }
        if (twin == 1) { /* a row that came later */
            cr_expect_eq(shm_builder_publish(builder, place.path, &error), SHM_OK);
            shm_builder_close(builder);
        } else {
            expect_failure(&place, builder, SHM_INVALID,
                           "rows row 0: twin: row 2 is past the end of rows (2 rows)");
        }
    }
    shm_schema_free(place.schema);
}

Test(publish, tensors_must_be_complete)
{
    struct place place = open_place();
    const uint64_t shape[] = {2, 3};
    shm_error error;
    shm_builder *builder = open_after_two_rows(&place);
    cr_assert_eq(shm_builder_tensor_begin(builder, 6, shape, 2, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 6, "12345", 5, &error), SHM_OK);
    expect_failure(&place, builder, SHM_INVALID, "t: 5 elements where its shape has 6");
    builder = open_after_two_rows(&place);
    cr_assert_eq(shm_builder_tensor_begin(builder, 6, shape, 2, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 6, "1234567", 7, &error), SHM_INVALID);
    expect_failure(&place, builder, SHM_INVALID, "t: more than the 6 elements of its shape");
    shm_schema_free(place.schema);
}

Test(publish, a_repeated_element_of_a_set_counts_once)
{
    const shm_schema *schema = shm_test_schema(schema_text);
    shm_builder *builder = open_builder(schema);
    const int64_t micros[] = {1000, 2000, 1000, 3000, 2000};
    const uint64_t rows[] = {0, 1, 0, 2, 1};
    shm_error error;
    for (int16_t i = 0; i < 5; i++) {
        uint64_t row;
        shm_builder_row_begin(builder, 5);
        shm_put_datetime(builder, (shm_datetime){micros[i], i, 1, 0}); /* the instant counts */
        cr_assert_eq(shm_builder_row_end(builder, &row, &error), SHM_OK);
        cr_expect_eq(row, rows[i]);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    cr_expect_eq(shm_dataset_table(dataset, 5).count, 3);
    cr_expect_eq(shm_index_find_word(shm_dataset_index(dataset, 5), 3000), 2);
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}

/* Says stop at the n-th call. */
static bool stop_at(void *context, const shm_progress *progress)
{
    int *left = context;
    cr_assert_not_null(progress->phase);
    return (*left)-- != 0;
}

Test(publish, progress_may_stop_it_at_any_call)
{
    struct place place = open_place();
    shm_error error;
    cr_assert_eq(publish_rows(place.schema, place.path, 2, &error), SHM_OK, "%s", error.text);
    shm_status status = SHM_ABORTED;
    for (int calls = 0; status == SHM_ABORTED; calls++) {
        int left = calls;
        const shm_build_options options = {.progress = stop_at, .progress_context = &left};
        shm_builder *builder;
        cr_assert_eq(shm_builder_open(place.schema, &options, &builder, &error), SHM_OK);
        put_row(builder, 1);
        cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK);
        status = shm_builder_publish(builder, place.path, &error);
        shm_builder_close(builder);
        cr_assert(status == SHM_OK || status == SHM_ABORTED);
        cr_expect_eq(rows_at(place.path), status == SHM_OK ? 1 : 2);
        cr_expect_str_eq(names_in(place.folder), "a.img ");
        cr_assert(calls > 0 || status == SHM_ABORTED);
    }
    shm_schema_free(place.schema);
}

Test(publish, writes_into_an_empty_file_only)
{
    const shm_schema *schema = shm_test_schema(schema_text);
    shm_builder *builder = open_builder(schema);
    const int fd = memfd_create("image", MFD_CLOEXEC);
    shm_error error;
    cr_assert_eq(write(fd, "x", 1), 1);
    cr_expect_eq(shm_builder_write(builder, fd, &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "the file is not empty");
    shm_builder_close(builder);
    close(fd);
    shm_schema_free(schema);
}

Test(publish, any_allocation_may_fail)
{
    struct place place = open_place();
    shm_error error;
    cr_assert_eq(publish_rows(place.schema, place.path, 2, &error), SHM_OK, "%s", error.text);
    bool failed = true;
    for (uint64_t nth = 0; failed; nth++) {
        shm_builder *builder = NULL;
        shm_test_fail_allocation(nth);
        shm_status status = shm_builder_open(place.schema, NULL, &builder, &error);
        if (status == SHM_OK) {
            status = fill(builder, 40, &error);
        }
        if (status == SHM_OK) {
            status = shm_builder_publish(builder, place.path, &error);
        }
        shm_builder_close(builder);
        failed = shm_test_allow_allocations();
        cr_assert_eq(status, failed ? SHM_NO_MEMORY : SHM_OK, "allocation %llu: %s",
                     (unsigned long long)nth, error.text);
        cr_assert_eq(rows_at(place.path), failed ? 2 : 40);
        cr_assert_str_eq(names_in(place.folder), "a.img ");
    }
    shm_schema_free(place.schema);
}

Test(publish, a_file_that_may_not_grow)
{
    struct place place = open_place();
    shm_error error;
    cr_assert_eq(publish_rows(place.schema, place.path, 2, &error), SHM_OK, "%s", error.text);
    const struct rlimit limit = {100000, 100000};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(publish_rows(place.schema, place.path, 10000, &error), SHM_IO);
    cr_expect_eq(error.os_errno, EFBIG);
    cr_expect_eq(rows_at(place.path), 2);
    cr_expect_str_eq(names_in(place.folder), "a.img ");
    const shm_build_options options = {.memory_bytes = 1, .spill_folder = place.folder};
    shm_builder *builder;
    cr_assert_eq(shm_builder_open(place.schema, &options, &builder, &error), SHM_OK);
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < 20000 && status == SHM_OK; i++) {
        put_row(builder, i);
        status = shm_builder_row_end(builder, NULL, &error);
    }
    cr_expect_eq(status, SHM_IO, "the spill file is full");
    shm_builder_close(builder);
    cr_expect_str_eq(names_in(place.folder), "a.img ");
    shm_schema_free(place.schema);
}

Test(file, another_publisher_holds_the_folder)
{
    char folder[FOLDER_BYTES];
    char path[PATH_BYTES];
    int fd;
    shm_error error;
    make_folder(folder);
    snprintf(path, sizeof path, "%s/a.img", folder);
    const int lock = open(folder, O_RDONLY | O_DIRECTORY);
    cr_assert_eq(flock(lock, LOCK_EX), 0);
    cr_assert_eq(shm_file_open_unnamed(path, &fd, &error), SHM_OK);
    cr_expect_eq(shm_file_publish(fd, path, &error), SHM_LOCKED);
    cr_expect_str_eq(names_in(folder), "");
    close(lock);
    cr_expect_eq(shm_file_publish(fd, path, &error), SHM_OK);
    shm_file_discard(fd, path);
    cr_expect_str_eq(names_in(folder), "a.img ");
}
