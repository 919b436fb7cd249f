/* heap_copy.c — the dataset decoded into private memory: what each worker of a pool holds when
 * tables are not shared. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "sources.h"

struct heap_dependency {
    shm_string *alternatives;
    size_t alternative_count;
};

struct heap_package {
    char *name, *version, *architecture, *section, *maintainer, *summary, *homepage;
    struct heap_dependency *dependencies;
    size_t dependency_count;
};

/* Memory of the copy, in a chain, so that it can be freed. */
struct heap_block {
    struct heap_block *next;
};

/* An entry of a table from names to packages. */
struct heap_name {
    const char *name;
    struct heap_package *package;
    UT_hash_handle hh;
};

struct heap_copy {
    struct heap_block *blocks;
    struct heap_package *packages;
    uint64_t package_count;
    struct heap_name *by_name;
    struct heap_name *by_provided;
    bool short_of_memory;
};

static void *zeroed(struct heap_copy *copy, size_t count, size_t size)
{
    struct heap_block *block = calloc(1, sizeof *block + count * size);
    if (block == NULL) {
        copy->short_of_memory = true;
        return NULL;
    }
    block->next = copy->blocks;
    copy->blocks = block;
    return block + 1;
}

static char *copied(struct heap_copy *copy, shm_string text)
{
    char *own = zeroed(copy, text.length + 1, 1);
    if (own != NULL) {
        memcpy(own, text.data, text.length);
    }
    return own;
}

static void copy_dependencies(struct heap_copy *copy, const packages_package *row,
                              struct heap_package *package)
{
    package->dependency_count = packages_package_depends_count(row);
    package->dependencies = zeroed(copy, package->dependency_count, sizeof *package->dependencies);
    for (size_t i = 0; i < package->dependency_count && !copy->short_of_memory; i++) {
        const packages_dependency *from = packages_package_depends_at(row, i);
        struct heap_dependency *to = &package->dependencies[i];
        to->alternative_count = packages_dependency_alternatives_count(from);
        to->alternatives = zeroed(copy, to->alternative_count, sizeof *to->alternatives);
        for (size_t j = 0; j < to->alternative_count && !copy->short_of_memory; j++) {
            const shm_string name =
                packages_alternative_name(packages_dependency_alternatives_at(from, j));
            to->alternatives[j] = shm_string_of(copied(copy, name), name.length);
        }
    }
}

static void copy_package(struct heap_copy *copy, const packages_package *row,
                         struct heap_package *package)
{
    package->name = copied(copy, packages_package_name(row));
    package->version = copied(copy, packages_package_version(row));
    package->architecture = copied(copy, packages_package_architecture(row));
    package->section = copied(copy, packages_package_section(row));
    package->maintainer = copied(copy, packages_package_maintainer(row));
    package->summary = copied(copy, packages_package_summary(row));
    if (packages_package_has_homepage(row)) {
        package->homepage = copied(copy, packages_package_homepage(row));
    }
    copy_dependencies(copy, row, package);
}

static struct heap_name *named(struct heap_name *table, const char *name, size_t length)
{
    struct heap_name *entry;
    HASH_FIND(hh, table, name, (unsigned)length, entry);
    return entry;
}

/* Enters the package under the name, unless an earlier package has it. */
static void enter(struct heap_copy *copy, struct heap_name **table, const char *name,
                  struct heap_package *package)
{
    if (copy->short_of_memory || named(*table, name, strlen(name)) != NULL) {
        return;
    }
    struct heap_name *entry = zeroed(copy, 1, sizeof *entry);
    if (entry != NULL) {
        entry->name = name;
        entry->package = package;
        HASH_ADD_KEYPTR(hh, *table, entry->name, (unsigned)strlen(name), entry);
    }
}

struct heap_copy *heap_copy_open(const packages_dataset *dataset)
{
    struct heap_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->package_count = packages_packages_count(dataset);
    copy->packages = zeroed(copy, copy->package_count, sizeof *copy->packages);
    for (uint64_t i = 0; i < copy->package_count && !copy->short_of_memory; i++) {
        const packages_package *row = packages_packages_at(dataset, i);
        struct heap_package *package = &copy->packages[i];
        copy_package(copy, row, package);
        enter(copy, &copy->by_name, package->name, package);
        const size_t provided = packages_package_provides_count(row);
        for (size_t j = 0; j < provided; j++) {
            char *provided_name = copied(copy, packages_package_provides_at(row, j));
            enter(copy, &copy->by_provided, provided_name, package);
        }
    }
    if (copy->short_of_memory) {
        heap_copy_close(copy);
        return NULL;
    }
    return copy;
}

void heap_copy_close(struct heap_copy *copy)
{
    HASH_CLEAR(hh, copy->by_name);
    HASH_CLEAR(hh, copy->by_provided);
    while (copy->blocks != NULL) {
        struct heap_block *block = copy->blocks;
        copy->blocks = block->next;
        free(block);
    }
    free(copy);
}

static uint64_t dependency_count(const void *context, uint64_t package)
{
    return ((const struct heap_copy *)context)->packages[package].dependency_count;
}

static uint64_t look_up(const struct heap_copy *copy, struct heap_name *table, shm_string name)
{
    const struct heap_name *entry = named(table, name.data, name.length);
    return entry == NULL ? NO_PACKAGE : (uint64_t)(entry->package - copy->packages);
}

uint64_t heap_copy_find_all(const struct heap_copy *copy, const shm_string *names, uint64_t count)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t row = look_up(copy, copy->by_name, names[i]);
        sum += row == NO_PACKAGE ? 0 : row;
    }
    return sum;
}

static uint64_t resolve(const void *context, uint64_t package, uint64_t dependency,
                        uint64_t *lookups)
{
    const struct heap_copy *copy = context;
    const struct heap_dependency *wanted = &copy->packages[package].dependencies[dependency];
    for (size_t i = 0; i < wanted->alternative_count; i++) {
        ++*lookups;
        uint64_t met = look_up(copy, copy->by_name, wanted->alternatives[i]);
        if (met == NO_PACKAGE) {
            ++*lookups;
            met = look_up(copy, copy->by_provided, wanted->alternatives[i]);
        }
        if (met != NO_PACKAGE) {
            return met;
        }
    }
    return NO_PACKAGE;
}

struct package_source heap_source(const struct heap_copy *copy)
{
    struct package_source source;
    source.context = copy;
    source.package_count = copy->package_count;
    source.dependency_count = dependency_count;
    source.resolve = resolve;
    return source;
}
