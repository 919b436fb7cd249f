/* builder.h — making an image: rows come in, one published file comes out.
 *
 * Values are put one after the other, in schema order, into the row begun last; the builder checks
 * each against its type.  The first failure ends the build: it is kept, every later call answers
 * it, and nothing is published.  Rows stream: rows, texts, and what finds equal texts and makes
 * indexes again, are held in `memory_bytes` of memory and beyond that in unnamed files.  On top of
 * it come about 8 MiB, 2 MiB for each thread, and a few times the largest row.
 *
 * The image depends on the schema and the rows alone, not on memory, threads or the machine.
 *
 * Owner of a builder: the caller, from open to close.  Threads: one at a time; publishing starts
 * some of its own, which end with it. */
#ifndef SHM_BUILDER_H
#define SHM_BUILDER_H

#include <shm/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shm_builder shm_builder;

typedef struct shm_progress {
    const char *phase;    /* "rows", "index NAME", "write", "sync" */
    uint64_t done, total; /* rows or bytes; total 0 when it is not known */
} shm_progress;

/* Called from time to time on the building thread; false aborts the build (ABORTED). */
typedef bool shm_progress_call(void *context, const shm_progress *progress);

/* Called on the building thread with what is worth knowing about a build that goes on, one line
 * without its end: "by_id: its keys do not fit under seed 1 of 16; taking seed 2". */
typedef void shm_notice_call(void *context, const char *text);

/* All zero is the default for everything. */
typedef struct shm_build_options {
    uint64_t memory_bytes;    /* of memory, beyond which all goes to disk; 0: a quarter of what is
                            * available (to the process's control groups), at least 256 MiB */
    const char *spill_folder; /* for unnamed spill files; NULL: $TMPDIR or /var/tmp */
    shm_progress_call *progress; /* NULL: none */
    void *progress_context;
    shm_notice_call *notice; /* NULL: none */
    void *notice_context;
    unsigned jobs; /* threads that may work on indexes; 0: one a CPU that the process may
                   * use; at most 64 */
} shm_build_options;

/* Starts a build of the schema's dataset.  The schema must live until close.  `options` may be
 * NULL.  Fails: INVALID (the schema has no dataset), NO_MEMORY. */
SHM_API SHM_MUST_USE shm_status shm_builder_open(const shm_schema *schema,
                                                 const shm_build_options *options,
                                                 shm_builder **builder, shm_error *error);

/* Drops what was not published.  NULL is fine. */
SHM_API void shm_builder_close(shm_builder *builder);

/* ---- rows ---- */

/* Starts a row of the collection with that number: a table (fields of its record follow), a map or
 * multimap (field `key`, field `value`) or a set (field `key`). */
SHM_API void shm_builder_row_begin(shm_builder *builder, uint32_t collection);

/* Ends it: fields not put take their default, or are absent, empty or null; a missing one without
 * any of these is an error.  `row`, unless NULL, receives its row number (of placed maps:
 * the number among those put, since their rows stand elsewhere in the image).
 * Fails: the first failure of the row's puts; the text begins with the path of the value
 * ("tags[3]: 300 is out of range for u8 (0 to 255)"). */
SHM_API SHM_MUST_USE shm_status shm_builder_row_end(shm_builder *builder, uint64_t *row,
                                                    shm_error *error);

/* Adds `count` rows of a fixed size (no texts, lists or records in them) that lie in memory as they
 * will in the image, `stride` bytes apart (at least up to the end of the last field): the structs
 * of a generated header.  They mean what the same values put one by one mean: padding and absent
 * values may hold anything, and all NaNs are one.  `first`, unless NULL, receives the row number of
 * the first; the others follow it, but in a set, where repeated ones are not added.
 * Fails: INVALID, with the text of the put that would fail; where count is not 1, that begins with
 * the row number that the row at fault would have ("row 17: where.lat: ...").
 * Cost: a copy of the rows, and a pass over each field that not any bytes satisfy. */
SHM_API SHM_MUST_USE shm_status shm_builder_add_rows(shm_builder *builder, uint32_t collection,
                                                     const void *rows, size_t count, size_t stride,
                                                     uint64_t *first, shm_error *error);

/* The state so far, without waiting for the end of the row. */
SHM_API shm_status shm_builder_status(const shm_builder *builder, shm_error *error);

/* Writes where the next value goes ("names[\"de\"]", "where.lat"; empty between rows) into `text`,
 * cut to `size` bytes with the NUL. */
SHM_API size_t shm_builder_path(const shm_builder *builder, char *text, size_t size);

/* The type of the value that is put next (for a field: its type, optional included); NULL where no
 * value may follow. */
SHM_API const shm_type *shm_builder_next_type(const shm_builder *builder);

/* ---- values ---- */

/* In a record or struct: the next put goes to that field (fields otherwise follow one another).
 * Putting a field twice is an error. */
SHM_API void shm_put_field(shm_builder *builder, size_t field);

/* An optional's absence; for T?? null is another thing. */
SHM_API void shm_put_absent(shm_builder *builder);
SHM_API void shm_put_null(shm_builder *builder);

/* Scalars.  Integers go into every integer type they fit (refs too), and into enums if the enum
 * has the value; floats into f64, and f32 by rounding.  Fields know one NaN, whatever its bits were
 * (tensor collections keep theirs). */
SHM_API void shm_put_bool(shm_builder *builder, bool value);
SHM_API void shm_put_int(shm_builder *builder, int64_t value);
SHM_API void shm_put_uint(shm_builder *builder, uint64_t value);
SHM_API void shm_put_float(shm_builder *builder, double value);
SHM_API void shm_put_date(shm_builder *builder, shm_date value);
SHM_API void shm_put_datetime(shm_builder *builder, shm_datetime value);
SHM_API void shm_put_uuid(shm_builder *builder, shm_uuid value);

/* string (checked UTF-8), bytes, decimal (its text), any (its encoding, checked), enum (a name).
 * The bytes are copied. */
SHM_API void shm_put_text(shm_builder *builder, shm_string text);
SHM_API void shm_put_bytes(shm_builder *builder, shm_bytes bytes);

/* What is put until the matching end goes inside: a struct, record, tuple, fixed array, list, set
 * (sorted; a repeated element counts once) or dict (key, value, key, ...; a repeated key fails). */
SHM_API void shm_put_begin(shm_builder *builder);
SHM_API void shm_put_end(shm_builder *builder);

/* A whole list, set or fixed array of `count` numbers, or of enums, dates, uuids or structs without
 * optionals, that lie as the type's in-place form in memory. */
SHM_API void shm_put_elements(shm_builder *builder, const void *elements, size_t count);

/* A whole tensor field: elements in C order, as many as the product of the shape. */
SHM_API void shm_put_tensor(shm_builder *builder, const void *elements, const uint64_t *shape,
                            size_t ndim);

/* ---- tensor collections ---- */

/* Sets the shape; elements then follow in C order, in pieces of any size.  A tensor collection
 * that is never begun has the shape [0]. */
SHM_API SHM_MUST_USE shm_status shm_builder_tensor_begin(shm_builder *builder, uint32_t collection,
                                                         const uint64_t *shape, size_t ndim,
                                                         shm_error *error);
SHM_API SHM_MUST_USE shm_status shm_builder_tensor_add(shm_builder *builder, uint32_t collection,
                                                       const void *elements, size_t count,
                                                       shm_error *error);

/* ---- what an image holds ---- */

struct shm_dataset;

/* Adds all that an open dataset holds, after what the builder has: of tables, maps, multimaps and
 * sets the rows in their order (a set element that is there counts once), of tensors the elements,
 * along the first axis.  References lead to the rows they led to: their row numbers grow by what
 * the builder had of that table when this was called.  So the images of two builds merge into what
 * one build of the first's rows and then the second's gives, to the byte.
 *
 * The dataset must be read under the schema that is built; opened so (shm_open_options.schema), an
 * older image is carried over into a newer schema.  It may be closed when this returns.
 * Fails: SCHEMA_MISMATCH (nothing was added, and the build goes on), NO_MEMORY, INVALID (a row has
 * begun, or a tensor's shape differs beyond the first dimension), IO, NO_SPACE, ABORTED; repeated
 * keys show when publishing.  Cost: linear in the values that the rows reach. */
SHM_API SHM_MUST_USE shm_status shm_builder_add_dataset(shm_builder *builder,
                                                        const struct shm_dataset *dataset,
                                                        shm_error *error);

/* ---- the end ---- */

/* Builds the indexes and puts the finished image at `path`, all or nothing: a reader sees the old
 * file or the new one, whole.  After success the builder can only be closed.
 * Fails: DUPLICATE_KEY (both rows named), INVALID (a ref past the end of its table), LIMIT, IO,
 * NO_SPACE, NO_MEMORY, ABORTED; the file at `path` is then what it was. */
SHM_API SHM_MUST_USE shm_status shm_builder_publish(shm_builder *builder, const char *path,
                                                    shm_error *error);

/* The same into an empty file that is open for reading and writing (a memfd, say), not synced. */
SHM_API SHM_MUST_USE shm_status shm_builder_write(shm_builder *builder, int fd, shm_error *error);

enum {
    SHM_NESTING_DEPTH_MAX = 1000, /* values in values, in one row */
    SHM_TENSOR_NDIM_MAX = 32
};
/* Values that one row reaches, counting a shared one as often as it is reached. */
#define SHM_NESTING_NODES_MAX (UINT64_C(1) << 32)

#ifdef __cplusplus
}
#endif
#endif
