/* serial_shm.c — libshm as a format for items, through the generated header. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "serial.h"
#include "serial.shm.h"
#include "support.h"

static void encode(const bench_item *items, size_t count, const char *path)
{
    serial_builder builder;
    bench_require(serial_builder_open(&builder, NULL), &builder.error, "builder");
    for (size_t i = 0; i < count; i++) {
        const bench_item *item = &items[i];
        const serial_item_input row = {.id = item->id,
                                       .price = item->price,
                                       .kind = item->kind,
                                       .place = {.lat = item->lat, .lon = item->lon},
                                       .name = item->name,
                                       .tags = {.items = item->tags, .count = item->tag_count}};
        bench_require(serial_builder_add_items(&builder, &row), &builder.error, "add");
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench_require_errno(fd < 0, path);
    bench_require(shm_builder_write(builder.builder, fd, &builder.error), &builder.error, "write");
    close(fd);
    serial_builder_close(&builder);
}

static void *open_image(const char *path, bool checks)
{
    serial_dataset *dataset = bench_allocate(sizeof *dataset);
    shm_error error;
    bench_require(serial_open(dataset, path, checks ? SHM_VERIFY_ALWAYS : SHM_VERIFY_NEVER, &error),
                  &error, "open");
    return dataset;
}

static void close_image(void *self)
{
    serial_close(self);
    free(self);
}

static uint64_t id_of(void *self, size_t item)
{
    return serial_items_at(self, item)->id;
}

static uint64_t traverse(void *self)
{
    uint64_t sum = 0;
    for (const serial_item *item = NULL; serial_items_next(self, &item);) {
        const shm_string name = serial_item_name(item);
        sum += item->id + item->kind + (uint64_t)(item->price + item->place.lat + item->place.lon) +
               bench_text_sum(name.data, name.length);
        const size_t count = serial_item_tags_count(item);
        for (size_t i = 0; i < count; i++) {
            const shm_string tag = serial_item_tags_at(item, i);
            sum += bench_text_sum(tag.data, tag.length);
        }
    }
    return sum;
}

const bench_format bench_format_shm = {.name = "libshm",
                                       .encode = encode,
                                       .open = open_image,
                                       .close = close_image,
                                       .id_of = id_of,
                                       .traverse = traverse,
                                       .can_check = true};
