#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "schema/model/compare.h"
#include "schema/model/names.h"

enum { BREAK_TEXT_BYTES = 1024 };

void shm_compare_break(shm_compare *compare, const char *format, ...)
{
    char text[BREAK_TEXT_BYTES];
    compare->broken = true;
    if (compare->visit == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    compare->visit(compare->context, text);
}

static const char *kind_text(shm_collection_kind kind)
{
    switch (kind) {
    case SHM_TABLE:
        return "a table";
    case SHM_INDEX:
        return "an index";
    case SHM_MULTI:
        return "a multi";
    case SHM_APPROXIMATE:
        return "an approximate multi";
    case SHM_SORTED:
        return "a sorted index";
    case SHM_MAP:
        return "a map";
    case SHM_MULTIMAP:
        return "a multimap";
    case SHM_SET_OF:
        return "a set";
    default:
        return "a tensor";
    }
}

static bool same_path(const shm_key_path *newer, const shm_key_path *older)
{
    if (newer->step_count != older->step_count)
        return false;
    for (size_t i = 0; i < newer->step_count; i++) {
        if (!shm_compare_is_field(newer->steps[i], older->steps[i]->name))
            return false;
    }
    return true;
}

static void compare_index(shm_compare *compare, const shm_collection *newer,
                          const shm_collection *older)
{
    if (strcmp(newer->table->name, older->table->name) != 0)
        shm_compare_break(compare, "collection %s: its table %s became %s", older->name,
                          older->table->name, newer->table->name);
    bool same = newer->key_count == older->key_count;
    for (size_t i = 0; same && i < newer->key_count; i++)
        same = same_path(&newer->key[i], &older->key[i]);
    if (!same)
        shm_compare_break(compare,
                          "collection %s: its key is of other fields: add a new collection instead",
                          older->name);
    if (newer->approximate_one_in != older->approximate_one_in)
        shm_compare_break(compare, "collection %s: approximate 1/%llu became 1/%llu", older->name,
                          (unsigned long long)older->approximate_one_in,
                          (unsigned long long)newer->approximate_one_in);
}

static void compare_part(shm_compare *compare, const char *collection, const char *part,
                         const shm_type *newer, const shm_type *older)
{
    char now[200];
    char before[200];
    if (shm_compare_same(newer, older))
        return;
    shm_type_text(newer, now, sizeof now);
    shm_type_text(older, before, sizeof before);
    shm_compare_break(compare, "collection %s: its %s: %s became %s", collection, part, before,
                      now);
}

static void compare_collection(shm_compare *compare, const shm_collection *newer,
                               const shm_collection *older)
{
    if (older->deprecated && !newer->deprecated)
        shm_compare_break(compare, "collection %s is no longer deprecated", older->name);
    if (newer->kind != older->kind) {
        shm_compare_break(compare, "collection %s: %s became %s", older->name,
                          kind_text(older->kind), kind_text(newer->kind));
        return;
    }
    if (newer->is_min != older->is_min)
        shm_compare_break(compare, "collection %s: min was %s: add a new collection instead",
                          older->name, newer->is_min ? "added" : "removed");
    switch (older->kind) {
    case SHM_TABLE:
        compare_part(compare, older->name, "record", newer->record, older->record);
        return;
    case SHM_MAP:
    case SHM_MULTIMAP:
    case SHM_SET_OF:
        compare_part(compare, older->name, "key", newer->record->fields[0].type,
                     older->record->fields[0].type);
        if (older->kind != SHM_SET_OF)
            compare_part(compare, older->name, "value", newer->element, older->element);
        return;
    case SHM_TENSOR_OF:
        compare_part(compare, older->name, "element", newer->element, older->element);
        return;
    default:
        compare_index(compare, newer, older);
    }
}

static bool compare_datasets(shm_compare *compare, const shm_dataset_type *newer,
                             const shm_dataset_type *older)
{
    shm_name_table names;
    if (!shm_name_table_create(&names, &compare->scratch, newer->collection_count))
        return false;
    if (strcmp(newer->name, older->name) != 0)
        shm_compare_break(compare, "dataset %s became %s", older->name, newer->name);
    for (size_t i = 0; i < newer->collection_count; i++) {
        const union {
            const shm_collection *collection;
            void *value;
        } same = {.collection = &newer->collections[i]};
        const char *name = newer->collections[i].name;
        shm_name_table_add(&names, name, strlen(name), same.value);
    }
    for (size_t i = 0; i < older->collection_count; i++) {
        const char *name = older->collections[i].name;
        const shm_collection *found = shm_name_table_find(&names, name, strlen(name));
        if (found == NULL)
            shm_compare_break(compare, "collection %s was removed: deprecate it instead", name);
        else
            compare_collection(compare, found, &older->collections[i]);
    }
    return true;
}

static bool compare_schemas(shm_compare *compare)
{
    const shm_schema *newer = compare->newer;
    const shm_schema *older = compare->older;
    const char *now = newer->space == NULL ? "none" : newer->space;
    const char *before = older->space == NULL ? "none" : older->space;
    if ((newer->space == NULL) != (older->space == NULL) || strcmp(now, before) != 0)
        shm_compare_break(compare, "namespace: %s became %s", before, now);
    if (!shm_compare_types(compare))
        return false;
    if (older->dataset == NULL)
        return true;
    if (newer->dataset == NULL) {
        shm_compare_break(compare, "dataset %s was removed", older->dataset->name);
        return true;
    }
    return compare_datasets(compare, newer->dataset, older->dataset);
}

bool shm_schema_compatible(const shm_schema *newer, const shm_schema *older, shm_break_visit *visit,
                           void *context, bool *old_reads_new)
{
    shm_compare compare = {.newer = newer, .older = older, .visit = visit, .context = context};
    const bool same_text = shm_string_equal(newer->text, older->text);
    if (!same_text && !compare_schemas(&compare))
        shm_compare_break(&compare, "the schemas could not be compared: out of memory");
    shm_arena_close(&compare.scratch);
    if (old_reads_new != NULL)
        *old_reads_new = !compare.broken && !compare.widened;
    return !compare.broken;
}
