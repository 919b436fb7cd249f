/* blocks.c — equal blocks of bytes by number, in memory and then in a file. */
#include "allocators/blocks.h"

#include <string.h>
#include <unistd.h>

#include "allocators/spill_file.h"

shm_status shm_blocks_open(shm_budget *budget, uint64_t count, size_t block_bytes,
                           shm_blocks *blocks, shm_error *error)
{
    const uint64_t affordable =
        budget->left > budget->kept ? (budget->left - budget->kept) / block_bytes : 0;
    *blocks = (shm_blocks){.block_bytes = block_bytes,
                           .memory_count = count < affordable ? count : affordable,
                           .folder = budget->folder};
    shm_status status = SHM_OK;
    if (blocks->memory_count > 0) {
        status =
            shm_room_open_unset(budget, blocks->memory_count * block_bytes, &blocks->room, error);
        blocks->memory = blocks->room.bytes;
    }
    if (status == SHM_OK && blocks->memory_count < count) {
        status = shm_spill_file_open(blocks->folder, &blocks->file, error);
        blocks->has_file = status == SHM_OK;
    }
    return status;
}

static uint64_t file_offset(const shm_blocks *blocks, uint64_t block)
{
    return (block - blocks->memory_count) * blocks->block_bytes;
}

shm_status shm_blocks_write(shm_blocks *blocks, uint64_t block, const void *bytes, size_t length,
                            shm_error *error)
{
    if (block < blocks->memory_count) {
        memcpy(blocks->memory + block * blocks->block_bytes, bytes, length);
        return SHM_OK;
    }
    return shm_spill_file_write(blocks->file, blocks->folder, file_offset(blocks, block), bytes,
                                length, error);
}

shm_status shm_blocks_read(const shm_blocks *blocks, uint64_t block, size_t length, void *buffer,
                           const void **bytes, shm_error *error)
{
    if (block < blocks->memory_count) {
        *bytes = blocks->memory + block * blocks->block_bytes;
        return SHM_OK;
    }
    *bytes = buffer;
    return shm_spill_file_read(blocks->file, blocks->folder, file_offset(blocks, block), buffer,
                               length, error);
}

void shm_blocks_close(shm_blocks *blocks)
{
    shm_room_close(&blocks->room);
    if (blocks->has_file) {
        close(blocks->file);
    }
    *blocks = (shm_blocks){0};
}
