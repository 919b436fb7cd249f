/* report_json.c — the demo's figures for programs. */
#include <stdio.h>

#include "report.h"

static void put_text(shm_string text)
{
    putchar('"');
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20) {
            printf("\\u%04x", byte);
            continue;
        }
        if (byte == '"' || byte == '\\') {
            putchar('\\');
        }
        putchar(byte);
    }
    putchar('"');
}

static void put_pool(const char *what, const struct pool_figures *figures)
{
    printf("{\"source\":\"%s\",\"workers\":%u,\"closures_per_second\":%.0f,"
           "\"lookups_per_second\":%.0f,\"ready_seconds\":%.6f,\"pss_kib\":%llu}",
           what, figures->worker_count, (double)pool_closure_count(figures) / figures->work_seconds,
           (double)pool_lookup_count(figures) / figures->work_seconds,
           pool_prepare_seconds(figures), (unsigned long long)pool_pss_kib(figures));
}

static void put_largest(const packages_dataset *dataset, const struct pool_figures *figures)
{
    const char *comma = "";
    printf(",\"largest\":[");
    for (int i = 0; i < LARGEST_COUNT; i++) {
        const struct large_closure *large = &figures->workers[0].largest[i];
        if (large->length > 0) {
            printf("%s{\"package\":", comma);
            put_text(packages_package_name(packages_packages_at(dataset, large->package)));
            printf(",\"closure\":%llu}", (unsigned long long)large->length);
            comma = ",";
        }
    }
    putchar(']');
}

void report_json(const packages_dataset *dataset, const struct demo_figures *figures)
{
    const struct lookup_figures *lookups = &figures->lookups;
    printf("{\"packages\":%llu,\"repeated\":%llu,\"text_bytes\":%llu,\"build_seconds\":%.6f,"
           "\"image_bytes\":%llu,\"open_seconds\":%.9f,\"pools\":[",
           (unsigned long long)figures->built.package_count,
           (unsigned long long)figures->built.repeated_count,
           (unsigned long long)figures->built.text_bytes, figures->built.seconds,
           (unsigned long long)figures->image_bytes, figures->open_seconds);
    for (int i = 0; i < POOL_COUNT; i++) {
        put_pool("image", &figures->shared[i]);
        putchar(',');
    }
    put_pool("private copies", &figures->private_copies);
    putchar(']');
    put_largest(dataset, &figures->shared[0]);
    printf(",\"lookups\":{\"keys\":%llu,\"image_per_second\":%.0f,\"lmdb_per_second\":%.0f,"
           "\"uthash_per_second\":%.0f}}\n",
           (unsigned long long)lookups->key_count, lookups->per_second[LOOKUP_IMAGE],
           lookups->per_second[LOOKUP_LMDB], lookups->per_second[LOOKUP_HEAP]);
}
