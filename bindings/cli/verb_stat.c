#include "cli.h"
#include "describe.h"
#include "json_write.h"
#include "table.h"

/* Sections, and what is not one: header, directory and padding. */
static uint64_t section_bytes(const shm_dataset *dataset)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        bytes += shm_dataset_section(dataset, i).size;
    }
    return bytes;
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

static void put_json_index(shm_out *out, const shm_index_info *index)
{
    shm_out_print(out, ",\"keys\":%llu,\"entries\":%llu,\"slots\":%llu,\"load\":%.4f",
                  (unsigned long long)index->key_count, (unsigned long long)index->entry_count,
                  (unsigned long long)index->slot_count,
                  share_of(index->key_count, index->slot_count));
    shm_out_print(out, ",\"probes\":{\"1\":%llu,\"2\":%llu},\"seed\":",
                  (unsigned long long)(index->key_count - index->away_count),
                  (unsigned long long)index->away_count);
    if (index->seed_number == UINT64_MAX) {
        shm_out_text(out, "null");
    } else {
        shm_json_write_u64(out, index->seed_number);
    }
}

static void put_json_pages(shm_out *out, const shm_cli_image *image)
{
    shm_pages_info pages;
    if (shm_dataset_pages(image->dataset, &pages, NULL) != SHM_OK) {
        shm_out_text(out, ",\"pages\":null"); /* no /proc here */
        return;
    }
    shm_out_print(out, ",\"pages\":{\"mapped\":%llu,\"resident\":%llu,\"huge\":%llu}",
                  (unsigned long long)pages.mapped_bytes, (unsigned long long)pages.resident_bytes,
                  (unsigned long long)pages.huge_bytes);
}

static void put_json(shm_out *out, const shm_cli_image *image)
{
    const shm_dataset_type *type = image->schema->dataset;
    const uint64_t size = shm_dataset_size(image->dataset);
    shm_out_text(out, "{\"image\":");
    shm_json_write_text(out, image->path);
    shm_out_print(out, ",\"bytes\":%llu,\"fingerprint\":\"", (unsigned long long)size);
    shm_json_write_fingerprint(out, image->schema->fingerprint);
    shm_out_text(out, "\",\"collections\":[");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        const shm_description about = shm_describe(image->dataset, collection);
        shm_out_print(out, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"rows\":%llu,\"bytes\":%llu",
                      i == 0 ? "" : ",", collection->name, shm_cli_kind_name(collection->kind),
                      (unsigned long long)about.rows, (unsigned long long)about.bytes);
        if (about.has_index) {
            put_json_index(out, &about.index);
        }
        shm_out_char(out, '}');
    }
    shm_out_char(out, ']');
    put_json_pages(out, image);
    shm_out_text(out, ",\"sections\":[");
    for (size_t i = 0; i < shm_dataset_section_count(image->dataset); i++) {
        const shm_section_info section = shm_dataset_section(image->dataset, i);
        shm_out_print(out, "%s{\"kind\":\"%s\",\"collection\":", i == 0 ? "" : ",", section.kind);
        if (section.collection == NULL) {
            shm_out_text(out, "null");
        } else {
            shm_json_write_text(out, section.collection);
        }
        shm_out_print(out,
                      ",\"offset\":%llu,\"bytes\":%llu,\"share\":%.4f,\"checksum\":\"%016llx\"}",
                      (unsigned long long)section.offset, (unsigned long long)section.size,
                      share_of(section.size, size), (unsigned long long)section.checksum);
    }
    shm_out_text(out, "]}\n");
}

static void put_collections(shm_out *out, const shm_cli_image *image)
{
    static const char *const heads[] = {"NAME",  "KIND", "ROWS",    "BYTES",
                                        "SLOTS", "LOAD", "1 PROBE", "2 PROBES"};
    enum { COLUMN_COUNT = sizeof heads / sizeof *heads };
    const shm_dataset_type *type = image->schema->dataset;
    shm_text_table table = {.column_count = COLUMN_COUNT};
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        shm_text_table_cell(&table, "%s", heads[i]);
    }
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        const shm_description about = shm_describe(image->dataset, collection);
        const shm_index_info *index = &about.index;
        shm_text_table_cell(&table, "%s", collection->name);
        shm_text_table_cell(&table, "%s", shm_cli_kind_name(collection->kind));
        shm_text_table_cell(&table, "%llu", (unsigned long long)about.rows);
        shm_text_table_cell(&table, "%llu", (unsigned long long)about.bytes);
        if (about.has_index) {
            shm_text_table_cell(&table, "%llu", (unsigned long long)index->slot_count);
            shm_text_table_cell(&table, "%.3f", share_of(index->key_count, index->slot_count));
            shm_text_table_cell(&table, "%llu",
                                (unsigned long long)(index->key_count - index->away_count));
            shm_text_table_cell(&table, "%llu", (unsigned long long)index->away_count);
        } else {
            for (int k = 0; k < 4; k++) {
                shm_text_table_cell(&table, "-");
            }
        }
    }
    shm_text_table_end(&table, out);
}

static void put_sections(shm_out *out, const shm_cli_image *image)
{
    const uint64_t size = shm_dataset_size(image->dataset);
    const uint64_t rest = size - section_bytes(image->dataset);
    shm_text_table table = {.column_count = 5};
    shm_text_table_cell(&table, "SECTION");
    shm_text_table_cell(&table, "OF");
    shm_text_table_cell(&table, "OFFSET");
    shm_text_table_cell(&table, "BYTES");
    shm_text_table_cell(&table, "SHARE");
    for (size_t i = 0; i < shm_dataset_section_count(image->dataset); i++) {
        const shm_section_info section = shm_dataset_section(image->dataset, i);
        shm_text_table_cell(&table, "%s", section.kind);
        shm_text_table_cell(&table, "%s", section.collection == NULL ? "-" : section.collection);
        shm_text_table_cell(&table, "%llu", (unsigned long long)section.offset);
        shm_text_table_cell(&table, "%llu", (unsigned long long)section.size);
        shm_text_table_cell(&table, "%.1f %%", 100 * share_of(section.size, size));
    }
    shm_text_table_cell(&table, "(frame)");
    shm_text_table_cell(&table, "-");
    shm_text_table_cell(&table, "-");
    shm_text_table_cell(&table, "%llu", (unsigned long long)rest);
    shm_text_table_cell(&table, "%.1f %%", 100 * share_of(rest, size));
    shm_text_table_end(&table, out);
}

static void put_pages(shm_out *out, const shm_cli_image *image)
{
    shm_pages_info pages;
    shm_error error;
    if (shm_dataset_pages(image->dataset, &pages, &error) != SHM_OK) {
        shm_out_print(out, "\nin memory: not known (%s)\n", error.text);
        return;
    }
    shm_out_print(out, "\nin memory: %llu bytes, of these %llu (%.1f %%) in huge pages\n",
                  (unsigned long long)pages.resident_bytes, (unsigned long long)pages.huge_bytes,
                  100 * share_of(pages.huge_bytes, pages.resident_bytes));
}

static void put_text(shm_out *out, const shm_cli_image *image)
{
    shm_out_print(out, "%s: %llu bytes\n\n", image->path,
                  (unsigned long long)shm_dataset_size(image->dataset));
    put_collections(out, image);
    shm_out_char(out, '\n');
    put_sections(out, image);
    put_pages(out, image);
}

enum { OPTION_HUGE = SHM_ARG_OPTION };

static const shm_option options[] = {{"huge", 0, false, OPTION_HUGE}, {0}};

static int run(shm_args *args)
{
    const char *path = NULL;
    shm_pages pages = SHM_PAGES_DEFAULT;
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        if (got == SHM_ARG_STOP) {
            return args->exit_code;
        }
        if (got == OPTION_HUGE) {
            pages = SHM_PAGES_HUGE;
        } else if (path != NULL) {
            return shm_args_fail(args, "unexpected argument '%s'", args->value);
        } else {
            path = args->value;
        }
    }
    if (path == NULL) {
        return shm_args_fail(args, "an image is needed");
    }
    return shm_cli_show(path, pages, args->json ? put_json : put_text);
}

const shm_verb shm_verb_stat = {
    .name = "stat",
    .summary = "Says where the bytes of an image are, and how its indexes are filled",
    .usage = "IMAGE [--huge]",
    .details =
        "For each collection: rows, bytes, places for keys and how many are taken, and how many\n"
        "keys are found with the first line that is looked at, or with the second.  For each\n"
        "section of the file: its place and its share.  At last, how much of the image is in this\n"
        "process's memory now that it was verified, and how much of that in huge pages.\n\n"
        "  --huge                ask for huge pages before it is read; `shm doctor` says more\n",
    .run = run,
};
