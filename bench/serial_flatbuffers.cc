// serial_flatbuffers.cc — FlatBuffers as a format for items.
#include "serial.h"

#include "serial_generated.h"

#include <vector>

#include "support.h"

namespace
{

struct buffer {
    const void *bytes;
    size_t size;
    const serial_fbs::Items *items;
};

void encode(const bench_item *items, size_t count, const char *path)
{
    flatbuffers::FlatBufferBuilder builder(count * 128 + 1024);
    std::vector<flatbuffers::Offset<serial_fbs::Item>> offsets(count);
    for (size_t i = 0; i < count; i++) {
        const bench_item &item = items[i];
        flatbuffers::Offset<flatbuffers::String> tags[BENCH_TAG_COUNT_MAX];
        for (size_t k = 0; k < item.tag_count; k++) {
            tags[k] = builder.CreateString(item.tags[k].data, item.tags[k].length);
        }
        const auto name = builder.CreateString(item.name.data, item.name.length);
        const auto tag_vector = builder.CreateVector(tags, item.tag_count);
        const serial_fbs::Place place(item.lat, item.lon);
        offsets[i] = serial_fbs::CreateItem(builder, item.id, item.price, item.kind, &place, name,
                                            tag_vector);
    }
    builder.Finish(serial_fbs::CreateItems(builder, builder.CreateVector(offsets)));
    bench_write_file(path, builder.GetBufferPointer(), builder.GetSize());
}

void *open(const char *path, bool checks)
{
    buffer *self = new buffer;
    self->bytes = bench_map_file(path, &self->size);
    if (checks) {
        flatbuffers::Verifier verifier(static_cast<const uint8_t *>(self->bytes), self->size, 64,
                                       UINT32_MAX);
        if (!serial_fbs::VerifyItemsBuffer(verifier)) {
            std::abort();
        }
    }
    self->items = serial_fbs::GetItems(self->bytes);
    return self;
}

void close(void *self)
{
    buffer *file = static_cast<buffer *>(self);
    bench_unmap_file(file->bytes, file->size);
    delete file;
}

uint64_t id_of(void *self, size_t item)
{
    const auto index = static_cast<flatbuffers::uoffset_t>(item);
    return static_cast<buffer *>(self)->items->items()->Get(index)->id();
}

uint64_t traverse(void *self)
{
    uint64_t sum = 0;
    for (const serial_fbs::Item *item : *static_cast<buffer *>(self)->items->items()) {
        sum += item->id() + item->kind() +
               static_cast<uint64_t>(item->price() + item->place()->lat() + item->place()->lon()) +
               bench_text_sum(item->name()->c_str(), item->name()->size());
        for (const flatbuffers::String *tag : *item->tags()) {
            sum += bench_text_sum(tag->c_str(), tag->size());
        }
    }
    return sum;
}

} // namespace

const bench_format bench_format_flatbuffers = {"FlatBuffers", encode,   open, close,
                                               id_of,         traverse, true};
