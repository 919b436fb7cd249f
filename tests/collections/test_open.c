/* test_open.c — opening: what is refused, with which words, and when bytes are verified. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collections/dataset/dataset.h"
#include "tests/support/allocation.h"
#include "tests/support/build.h"

static const char schema_text[] =
    "record R { id: u32; name: string; }\n"
    "dataset D { rows: array<R>; by_id: index rows by id; by_name: multi rows by name;"
    " near: multi rows by name approximate; pairs: map<u8, string>; grid: tensor<u8>; }\n";

/* The sections of this dataset, in order. */
enum {
    SCHEMA,
    ROWS_HEAP,
    ROWS,
    PAIRS_HEAP,
    PAIRS_ROWS,
    GRID,
    ID_LINES,
    NAME_LINES,
    NAME_GROUPS,
    BUCKETS,
    FRAGMENTS,
    PAIRS_LINES,
    SECTION_COUNT
};

static const shm_schema *schema;
static struct shm_test_image image;

static void build(void)
{
    schema = shm_test_schema(schema_text);
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t row = 0; row < 20; row++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, row);
        shm_put_text(builder, row % 2 == 0 ? SHM_STR("even") : SHM_STR("a long name for odd ones"));
        shm_test_row_end(builder);
    }
    cr_assert_eq(shm_builder_tensor_begin(builder, 5, (const uint64_t[]){2, 3}, 2, NULL), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 5, "abcdef", 6, NULL), SHM_OK);
    image = shm_test_finish(builder);
}

static void drop(void)
{
    shm_schema_free(schema);
    free(image.bytes);
}

TestSuite(open, .init = build, .fini = drop);

static void write_file(const char *path, const void *bytes, size_t size, mode_t mode)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(fchmod(fd, mode), 0);
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

static struct shm_section_entry *entry(size_t i)
{
    return (struct shm_section_entry *)(void *)(image.bytes + SHM_IMAGE_HEADER_BYTES) + i;
}

static struct shm_image_header *header(void)
{
    return (void *)image.bytes;
}

static void expect_file_failure(const char *path, shm_status status, const char *text)
{
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_expect_eq(shm_dataset_open(path, NULL, &dataset, &error), status);
    cr_expect_str_eq(error.text, text);
    cr_expect_null(dataset);
    cr_expect_eq(shm_image_verify(path, NULL, &error), status);
    cr_expect_str_eq(error.text, text);
    const uint64_t fingerprint[2] = {0};
    cr_expect_eq(shm_dataset_open_as(path, NULL, fingerprint, "d", NULL, &dataset, &error), status);
    cr_expect_str_eq(error.text, text);
}

Test(open, a_missing_file)
{
    expect_file_failure("x.img", SHM_IO, "cannot open 'x.img': No such file or directory");
}

Test(open, what_is_no_file)
{
    expect_file_failure("/", SHM_NOT_IMAGE, "'/' is a folder, not a libshm image");
    expect_file_failure("/dev/null", SHM_NOT_IMAGE, "'/dev/null' is a device, not a libshm image");
}

Test(open, foreign_and_short_files)
{
    write_file("open_foreign", "#!/bin/sh\n", 10, 0600);
    expect_file_failure("open_foreign", SHM_NOT_IMAGE,
                        "'open_foreign': not a libshm image: it does not begin like one");
    write_file("open_foreign", image.bytes, 100, 0600);
    expect_file_failure("open_foreign", SHM_TRUNCATED,
                        "'open_foreign': truncated image: 100 bytes are less than a header of 512; "
                        "copy or build the file again");
    unlink("open_foreign");
}

Test(open, a_good_file)
{
    write_file("open_good", image.bytes, image.size, 0600);
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_assert_eq(shm_dataset_open("open_good", NULL, &dataset, &error), SHM_OK, "%s", error.text);
    cr_expect_eq(shm_dataset_size(dataset), image.size);
    cr_expect(shm_dataset_is_exact(dataset));
    cr_expect_eq(shm_dataset_schema(dataset), shm_dataset_stored_schema(dataset));
    cr_expect_eq(shm_dataset_table(dataset, 0).count, 20);
    cr_expect_eq(shm_dataset_table(dataset, 1).count, 20, "of an index, the rows of its table");
    cr_expect_eq(shm_dataset_table(dataset, 4).count, 0);
    cr_expect_eq(shm_dataset_table(dataset, 5).count, 0, "a tensor has none");
    const shm_table table = shm_dataset_table(dataset, 0);
    cr_expect_eq(shm_table_row_number(&table, shm_table_at(&table, 7)), 7);
    shm_dataset_close(dataset);
    uint64_t operations = 0;
    cr_expect_eq(shm_image_verify("open_good", &operations, &error), SHM_OK, "%s", error.text);
    cr_expect_gt(operations, 0);
    unlink("open_good");
    shm_dataset_close(NULL);
}

/* Opens a file whose rows are not what their checksum says. */
static shm_status open_damaged(mode_t mode, shm_verify verify, bool private_copy, bool *verified)
{
    const shm_open_options options = {.verify = verify, .private_copy = private_copy};
    shm_dataset *dataset = NULL;
    shm_error error = {.text = ""};
    write_file("open_damaged", image.bytes, image.size, mode);
    const shm_status status = shm_dataset_open("open_damaged", &options, &dataset, &error);
    if (status == SHM_OK) {
        *verified = shm_dataset_is_verified(dataset);
    } else {
        cr_expect_str_eq(error.text, "'open_damaged': corrupt image: the checksum of section 2 "
                                     "(rows) does not match");
        cr_expect_eq(error.offset, entry(ROWS)->offset);
    }
    shm_dataset_close(dataset);
    unlink("open_damaged");
    return status;
}

Test(open, what_is_verified_when)
{
    bool verified = true;
    image.bytes[entry(ROWS)->offset] ^= 1;
    for (int copy = 0; copy < 2; copy++) {
        cr_expect_eq(open_damaged(0600, SHM_VERIFY_AUTO, copy != 0, &verified), SHM_OK);
        cr_expect_not(verified);
        cr_expect_eq(open_damaged(0620, SHM_VERIFY_AUTO, copy != 0, &verified), SHM_CORRUPT);
        cr_expect_eq(open_damaged(0602, SHM_VERIFY_AUTO, copy != 0, &verified), SHM_CORRUPT);
        cr_expect_eq(open_damaged(0600, SHM_VERIFY_ALWAYS, copy != 0, &verified), SHM_CORRUPT);
        cr_expect_eq(open_damaged(0666, SHM_VERIFY_NEVER, copy != 0, &verified), SHM_OK);
        cr_expect_not(verified);
    }
    image.bytes[entry(ROWS)->offset] ^= 1;
    cr_expect_eq(open_damaged(0666, SHM_VERIFY_AUTO, false, &verified), SHM_OK);
    cr_expect(verified);
}

Test(open, memory)
{
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_assert_eq(shm_dataset_open_memory(image.bytes, image.size, NULL, &dataset, &error), SHM_OK,
                 "%s", error.text);
    cr_expect(shm_dataset_is_verified(dataset));
    shm_dataset_close(dataset);
    dataset = NULL;
    cr_expect_eq(shm_dataset_open_memory(image.bytes + 8, image.size - 8, NULL, &dataset, &error),
                 SHM_INVALID);
    cr_expect_str_eq(error.text, "an image in memory must be aligned to 64 bytes: copy it to such "
                                 "a place");
    cr_expect_eq(shm_image_verify_memory(image.bytes + 8, 8, NULL, &error), SHM_INVALID);
    image.bytes[entry(ROWS)->offset] ^= 1;
    cr_expect_eq(shm_dataset_open_memory(image.bytes, image.size, NULL, &dataset, &error),
                 SHM_CORRUPT);
    cr_expect_str_eq(error.text, "corrupt image: the checksum of section 2 (rows) does not match");
    cr_expect_eq(shm_image_verify_memory(image.bytes, image.size, NULL, &error), SHM_CORRUPT);
    cr_expect_null(dataset);
}

Test(open, sections_are_listed)
{
    const struct {
        const char *kind;
        const char *collection;
    } expected[SECTION_COUNT] = {
        [SCHEMA] = {"schema", NULL},
        [ROWS_HEAP] = {"heap", "rows"},
        [ROWS] = {"rows", "rows"},
        [PAIRS_HEAP] = {"heap", "pairs"},
        [PAIRS_ROWS] = {"rows", "pairs"},
        [GRID] = {"tensor", "grid"},
        [ID_LINES] = {"lines", "by_id"},
        [NAME_LINES] = {"lines", "by_name"},
        [NAME_GROUPS] = {"groups", "by_name"},
        [BUCKETS] = {"buckets", "near"},
        [FRAGMENTS] = {"fragments", "near"},
        [PAIRS_LINES] = {"lines", "pairs"},
    };
    shm_dataset *dataset = shm_test_open(&image, NULL);
    cr_assert_eq(shm_dataset_section_count(dataset), SECTION_COUNT);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const shm_section_info info = shm_dataset_section(dataset, i);
        cr_expect_str_eq(info.kind, expected[i].kind);
        if (expected[i].collection == NULL) {
            cr_expect_null(info.collection);
        } else {
            cr_expect_str_eq(info.collection, expected[i].collection);
        }
        cr_expect_eq(info.offset, entry(i)->offset);
        cr_expect_eq(info.size, entry(i)->size);
        cr_expect_eq(info.checksum, entry(i)->checksum);
    }
    shm_dataset_close(dataset);
}

/* ---- I5 and I6, behind true checksums ---- */

static void expect_bind_failure(const char *text)
{
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER};
    shm_dataset *dataset = NULL;
    shm_error error = {.text = ""};
    cr_assert_eq(shm_image_reseal_memory(image.bytes, image.size, &error), SHM_OK);
    cr_expect_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                 SHM_CORRUPT);
    cr_expect_str_eq(error.text, text);
    cr_expect_neq(error.offset, UINT64_MAX);
    cr_expect_null(dataset);
}

Test(open, the_sections_are_those_of_the_schema)
{
    const struct shm_section_entry kept = *entry(ROWS);
    entry(ROWS)->kind = SHM_SECTION_HEAP;
    expect_bind_failure("corrupt image: the rows of rows should stand here");
    *entry(ROWS) = kept;
    entry(ROWS)->collection = 4;
    expect_bind_failure("corrupt image: the rows of rows should stand here");
    *entry(ROWS) = kept;
    entry(ROWS)->version = 2;
    expect_bind_failure("corrupt image: the rows of rows should stand here");
    *entry(ROWS) = kept;
    entry(SCHEMA)->kind = SHM_SECTION_HEAP;
    expect_bind_failure("corrupt image: its first section is not a schema");
    entry(SCHEMA)->kind = SHM_SECTION_SCHEMA;
    entry(SCHEMA)->count = 1;
    expect_bind_failure("corrupt image: its first section is not a schema");
    entry(SCHEMA)->count = 0;
    entry(ROWS)->kind = 99;
    expect_bind_failure("corrupt image: the rows of rows should stand here");
    *entry(ROWS) = kept;
}

Test(open, sections_of_later_versions_are_passed_over)
{
    const size_t last = SECTION_COUNT - 1;
    entry(last)->kind = 99;
    expect_bind_failure("corrupt image: the lines of pairs should stand here");
    header()->version_minor = 1;
    expect_bind_failure("corrupt image: it has fewer sections than its schema asks for");
}

/* An image of a table and an index, given the schema of a table alone whose text is as long. */
Test(open, there_are_no_more_sections_than_the_schema_asks_for)
{
    const shm_schema *more = shm_test_schema("record R { id: u32; } dataset D { rows: array<R>; "
                                             "by_id: index rows by id; }");
    const shm_schema *less = shm_test_schema("record R { id: u32; } dataset D { rows: array<R>; }");
    const size_t missing = more->text.length - less->text.length;
    char text[256] = "record R { id: u32; } dataset D { rows";
    memset(text + strlen(text), 's', missing);
    strcat(text, ": array<R>; }");
    const shm_schema *longer = shm_test_schema(text);
    cr_assert_eq(longer->text.length, more->text.length);
    free(image.bytes);
    image = shm_test_finish(shm_test_builder(more));
    memcpy(image.bytes + entry(SCHEMA)->offset, longer->text.data, longer->text.length);
    memcpy(header()->fingerprint, longer->fingerprint, sizeof longer->fingerprint);
    expect_bind_failure("corrupt image: it has more sections than its schema asks for");
    shm_schema_free(more);
    shm_schema_free(less);
    shm_schema_free(longer);
}

static void expect_misfit(size_t section, uint64_t *word, uint64_t value, const char *text)
{
    char whole[128];
    const uint64_t kept = *word;
    snprintf(whole, sizeof whole, "corrupt image: the size of the %s does not fit what they hold",
             text);
    *word = value;
    cr_expect_neq(kept, value, "section %d", (int)section);
    expect_bind_failure(whole);
    *word = kept;
}

Test(open, sizes_and_counts_agree)
{
    struct shm_section_entry *rows = entry(ROWS);
    expect_misfit(ROWS, &rows->count, rows->count + 1, "rows of rows");
    expect_misfit(ROWS, &rows->count, rows->count + (UINT64_C(1) << 61), "rows of rows");
    expect_misfit(ROWS, &rows->stride, rows->stride + 8, "rows of rows");
    expect_misfit(ROWS, &rows->parameter, 1, "rows of rows");
    expect_misfit(ROWS_HEAP, &entry(ROWS_HEAP)->count, 1, "heap of rows");
    expect_misfit(GRID, &entry(GRID)->count, 9, "tensor of grid");
    expect_misfit(GRID, &entry(GRID)->stride, 2, "tensor of grid");
    expect_misfit(GRID, &entry(GRID)->parameter, 1, "tensor of grid");
    expect_misfit(GRID, &entry(GRID)->parameter, 33, "tensor of grid");
    struct shm_section_entry *lines = entry(ID_LINES);
    expect_misfit(ID_LINES, &lines->stride, 0, "lines of by_id");
    expect_misfit(ID_LINES, &lines->stride, lines->stride + 1, "lines of by_id");
    expect_misfit(ID_LINES, &lines->stride, lines->stride + (UINT64_C(1) << 58), "lines of by_id");
    expect_misfit(ID_LINES, &lines->count, 5 * (lines->size / 64) + 1, "lines of by_id");
    struct shm_section_entry *groups = entry(NAME_GROUPS);
    expect_misfit(NAME_GROUPS, &groups->count, groups->count + 1, "groups of by_name");
    expect_misfit(NAME_GROUPS, &groups->stride, 8, "groups of by_name");
    expect_misfit(BUCKETS, &entry(BUCKETS)->count, 0, "buckets of near");
    expect_misfit(BUCKETS, &entry(BUCKETS)->stride, 4, "buckets of near");
    struct shm_section_entry *fragments = entry(FRAGMENTS);
    expect_misfit(FRAGMENTS, &fragments->count, fragments->count + 1, "fragments of near");
    expect_misfit(FRAGMENTS, &fragments->count, UINT64_MAX, "fragments of near");
    expect_misfit(FRAGMENTS, &fragments->stride, 4, "fragments of near");
}

Test(open, the_schema_is_canonical_and_has_the_fingerprint)
{
    char *text = (char *)image.bytes + entry(SCHEMA)->offset;
    header()->fingerprint[0]++;
    expect_bind_failure("corrupt image: the fingerprint is not that of its schema");
    header()->fingerprint[0]--;
    char *space = strchr(text, ' ');
    *space = '\t';
    expect_bind_failure("corrupt image: its schema is not in canonical form");
    *space = '!';
    expect_bind_failure("corrupt image: its schema cannot be read: schema:1:7: error: "
                        "a character that has no meaning here");
    *space = ' ';
    cr_assert_eq(shm_image_reseal_memory(image.bytes, image.size, NULL), SHM_OK);
    cr_expect_eq(shm_image_verify_memory(image.bytes, image.size, NULL, NULL), SHM_OK);
}

/* ---- schemas of programs ---- */

static void expect_mismatch(const char *program_text, const char *text)
{
    const shm_schema *program = shm_test_schema(program_text);
    const shm_open_options options = {.schema = program};
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_expect_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_expect_str_eq(error.text, text);
    cr_expect_null(dataset);
    shm_schema_free(program);
}

Test(open, an_incompatible_schema_is_refused_with_every_break)
{
    expect_mismatch(
        "record R { id: string; }\n"
        "dataset D { rows: array<R>; by_id: index rows by id;"
        " pairs: map<u8, string>; grid: tensor<u8>; }\n",
        "the image was built with an incompatible schema: record R: field id: u32 became string; "
        "record R: field name was removed: deprecate it instead; collection by_name was removed: "
        "deprecate it instead; collection near was removed: deprecate it instead");
}

Test(open, a_long_list_of_breaks_is_cut)
{
    char program_text[16384] = "record R { id: u32; name: string; ";
    for (int i = 0; i < 100; i++) {
        sprintf(program_text + strlen(program_text), "missing_%d: u32; ", i);
    }
    strcat(program_text, "} dataset D { rows: array<R>; by_id: index rows by id;"
                         " by_name: multi rows by name; near: multi rows by name approximate;"
                         " pairs: map<u8, string>; grid: tensor<u8>; }");
    const shm_schema *program = shm_test_schema(program_text);
    const shm_open_options options = {.schema = program};
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_expect_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_expect_not_null(strstr(error.text, "missing_0"));
    const char *end = strstr(error.text, "; and ");
    cr_assert_not_null(end);
    cr_expect_gt(atoi(end + 6), 80);
    cr_expect_not_null(strstr(end, " more"));
    shm_schema_free(program);
}

Test(open, a_schema_without_a_dataset_reads_nothing)
{
    const shm_schema *program = shm_test_schema("record R { id: u32; }");
    const shm_open_options options = {.schema = program};
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_expect_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                 SHM_INVALID);
    cr_expect_str_eq(error.text, "the schema to read under declares no dataset");
    shm_schema_free(program);
}

Test(open, an_equal_schema_is_exact)
{
    shm_dataset *dataset = shm_test_open(&image, schema);
    shm_value row;
    shm_value id;
    cr_expect(shm_dataset_is_exact(dataset));
    cr_expect_eq(shm_dataset_schema(dataset), schema);
    cr_expect_neq(shm_dataset_stored_schema(dataset), schema);
    cr_assert(shm_dataset_row(dataset, 0, 3, &row));
    cr_assert_eq(shm_value_field(&row, 0, &id), SHM_PRESENT);
    cr_expect_eq(shm_value_word(&id), 3);
    cr_expect_eq(row.type, schema->dataset->collections[0].record);
    shm_dataset_close(dataset);
}

static const shm_open_options always = {.verify = SHM_VERIFY_ALWAYS};

static const char newer_text[] =
    "record R { id: u64; name: string; more: u8?; }\n"
    "dataset D { rows: array<R>; by_id: index rows by id; by_name: multi rows by name;"
    " near: multi rows by name approximate; pairs: map<u8, string>; grid: tensor<u8>; }\n";

Test(open, generated_headers_open_by_fingerprint)
{
    const uint64_t other[2] = {1, 2};
    shm_dataset *dataset = NULL;
    shm_error error;
    write_file("open_as", image.bytes, image.size, 0600);
    cr_expect_eq(
        shm_dataset_open_as("open_as", &always, schema->fingerprint, "geo", NULL, &dataset, &error),
        SHM_OK);
    cr_expect(shm_dataset_is_exact(dataset));
    shm_dataset_close(dataset);
    dataset = NULL;
    cr_expect_eq(shm_dataset_open_as("open_as", &always, other, "geo", NULL, &dataset, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_expect_str_eq(error.text,
                     "'open_as': the image was built with another version of the schema; if that "
                     "is a compatible one, geo_open_compatible() reads it");
    cr_expect_eq(
        shm_dataset_open_as("open_as", &always, other, "geo", newer_text, &dataset, &error),
        SHM_OK);
    cr_expect_not(shm_dataset_is_exact(dataset));
    shm_dataset_close(dataset);
    dataset = NULL;
    cr_expect_eq(shm_dataset_open_as("open_as", &always, other, "geo",
                                     "record R { id: u32; } dataset E { rows: array<R>; }",
                                     &dataset, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_expect_eq(shm_dataset_open_as("open_as", &always, other, "geo", "record", &dataset, &error),
                 SHM_BAD_SCHEMA);
    cr_expect_null(dataset);
    unlink("open_as");
}

Test(open, each_allocation_may_fail)
{
    const uint64_t other[2] = {1, 2};
    write_file("open_memory", image.bytes, image.size, 0600);
    for (uint64_t nth = 0;; nth++) {
        shm_dataset *dataset = NULL;
        shm_error error;
        shm_test_fail_allocation(nth);
        const shm_status status =
            shm_dataset_open_as("open_memory", &always, other, "geo", newer_text, &dataset, &error);
        if (!shm_test_allow_allocations()) {
            cr_assert_eq(status, SHM_OK);
            shm_dataset_close(dataset);
            break;
        }
        /* Without memory to compare them, two schemas count as incompatible. */
        cr_assert(status == SHM_NO_MEMORY || status == SHM_SCHEMA_MISMATCH, "%s", error.text);
        cr_assert_null(dataset);
    }
    unlink("open_memory");
}

Test(open, reseal_makes_a_file_whole_again)
{
    shm_error error;
    struct shm_test_image damaged = shm_test_image_copy(image.bytes, image.size);
    memset(damaged.bytes + SHM_IMAGE_HEADER_BYTES + offsetof(struct shm_section_entry, checksum), 1,
           8);
    damaged.bytes[120] ^= 1;
    write_file("open_reseal", damaged.bytes, damaged.size, 0600);
    cr_expect_eq(shm_image_verify("open_reseal", NULL, NULL), SHM_CORRUPT);
    cr_assert_eq(shm_image_reseal("open_reseal", &error), SHM_OK, "%s", error.text);
    cr_expect_eq(shm_image_verify("open_reseal", NULL, &error), SHM_OK, "%s", error.text);
    const int fd = open("open_reseal", O_RDONLY);
    cr_assert_eq(read(fd, damaged.bytes, damaged.size), (ssize_t)damaged.size);
    close(fd);
    cr_expect_eq(memcmp(damaged.bytes, image.bytes, image.size), 0, "nothing else changes");
    free(damaged.bytes);
    unlink("open_reseal");
}

Test(open, reseal_refuses_what_is_no_image)
{
    shm_error error;
    cr_expect_eq(shm_image_reseal("x.img", &error), SHM_IO);
    cr_expect_str_eq(error.text, "cannot open 'x.img': No such file or directory");
    cr_expect_eq(shm_image_reseal("/", &error), SHM_NOT_IMAGE);
    cr_expect_str_eq(error.text, "'/' is a folder, not a libshm image");
    write_file("open_reseal_foreign", "text", 4, 0600);
    cr_expect_eq(shm_image_reseal("open_reseal_foreign", &error), SHM_NOT_IMAGE);
    cr_expect_str_eq(error.text,
                     "'open_reseal_foreign': not a libshm image: it does not begin like one");
    cr_expect_eq(shm_image_reseal("open_reseal_foreign", NULL), SHM_NOT_IMAGE);
    unlink("open_reseal_foreign");
}
