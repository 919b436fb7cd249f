// serial_capnp.cc — Cap'n Proto as a format for items: one message, read where it lies.  It checks
// each pointer when it is followed, so there is nothing to verify first.
#include "serial.h"

#include "serial.capnp.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <fcntl.h>
#include <unistd.h>

#include "support.h"

namespace
{

capnp::ReaderOptions all_of_it()
{
    capnp::ReaderOptions options;
    options.traversalLimitInWords = UINT64_MAX;
    return options;
}

struct message {
    const void *bytes;
    size_t size;
    capnp::FlatArrayMessageReader reader;
    capnp::List<serial_capnp::Item>::Reader items;

    message(const void *mapped, size_t mapped_size)
        : bytes(mapped), size(mapped_size),
          reader(kj::arrayPtr(static_cast<const capnp::word *>(mapped), mapped_size / 8),
                 all_of_it()),
          items(reader.getRoot<serial_capnp::Items>().getItems())
    {
    }
};

void encode(const bench_item *items, size_t count, const char *path)
{
    capnp::MallocMessageBuilder builder(static_cast<unsigned>(count * 20 + 1024));
    auto list = builder.initRoot<serial_capnp::Items>().initItems(static_cast<unsigned>(count));
    for (size_t i = 0; i < count; i++) {
        const bench_item &from = items[i];
        auto item = list[static_cast<unsigned>(i)];
        item.setId(from.id);
        item.setPrice(from.price);
        item.setKind(from.kind);
        auto place = item.initPlace();
        place.setLat(from.lat);
        place.setLon(from.lon);
        item.setName(capnp::Text::Reader(from.name.data, from.name.length));
        auto tags = item.initTags(from.tag_count);
        for (unsigned k = 0; k < from.tag_count; k++) {
            tags.set(k, capnp::Text::Reader(from.tags[k].data, from.tags[k].length));
        }
    }
    const int fd = ::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench_require_errno(fd < 0, path);
    capnp::writeMessageToFd(fd, builder);
    ::close(fd);
}

void *open(const char *path, bool)
{
    size_t size;
    const void *bytes = bench_map_file(path, &size);
    return new message(bytes, size);
}

void close(void *self)
{
    message *file = static_cast<message *>(self);
    const void *bytes = file->bytes;
    const size_t size = file->size;
    delete file;
    bench_unmap_file(bytes, size);
}

uint64_t id_of(void *self, size_t item)
{
    return static_cast<message *>(self)->items[static_cast<unsigned>(item)].getId();
}

uint64_t traverse(void *self)
{
    uint64_t sum = 0;
    for (const auto item : static_cast<message *>(self)->items) {
        const auto place = item.getPlace();
        const auto name = item.getName();
        sum += item.getId() + item.getKind() +
               static_cast<uint64_t>(item.getPrice() + place.getLat() + place.getLon()) +
               bench_text_sum(name.begin(), name.size());
        for (const auto tag : item.getTags()) {
            sum += bench_text_sum(tag.begin(), tag.size());
        }
    }
    return sum;
}

} // namespace

const bench_format bench_format_capnp = {"Cap'n Proto", encode,   open, close,
                                         id_of,         traverse, false};
