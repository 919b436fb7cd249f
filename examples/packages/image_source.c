/* image_source.c — dependencies resolved in place: every step reads the mapped image. */
#include "sources.h"

static uint64_t dependency_count(const void *context, uint64_t package)
{
    return packages_package_depends_count(packages_packages_at(context, package));
}

/* The package of that name, else the first that provides it. */
static uint64_t package_named(const packages_dataset *dataset, shm_string name, uint64_t *lookups)
{
    const packages_package *row;
    ++*lookups;
    packages_by_name_range named = packages_by_name_find(dataset, name);
    if (packages_by_name_next(&named, &row)) {
        return packages_packages_row_number(dataset, row);
    }
    ++*lookups;
    packages_by_provided_range providers = packages_by_provided_find(dataset, name);
    if (packages_by_provided_next(&providers, &row)) {
        return packages_packages_row_number(dataset, row);
    }
    return NO_PACKAGE;
}

static uint64_t resolve(const void *context, uint64_t package, uint64_t dependency,
                        uint64_t *lookups)
{
    const packages_package *row = packages_packages_at(context, package);
    const packages_dependency *wanted = packages_package_depends_at(row, dependency);
    const size_t count = packages_dependency_alternatives_count(wanted);
    for (size_t i = 0; i < count; i++) {
        const packages_alternative *alternative = packages_dependency_alternatives_at(wanted, i);
        const uint64_t met =
            package_named(context, packages_alternative_name(alternative), lookups);
        if (met != NO_PACKAGE) {
            return met;
        }
    }
    return NO_PACKAGE;
}

struct package_source image_source(const packages_dataset *dataset)
{
    struct package_source source;
    source.context = dataset;
    source.package_count = packages_packages_count(dataset);
    source.dependency_count = dependency_count;
    source.resolve = resolve;
    return source;
}
