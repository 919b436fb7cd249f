/* slots.c — a table from hashes to numbers that grows. */
#include "allocators/slots.h"

enum { FIRST_SLOT_COUNT = 64 };

shm_status shm_slots_reserve(shm_slots *slots, shm_budget *budget, shm_error *error)
{
    if (slots->used < slots->slot_count / 8 * 5) {
        return SHM_OK;
    }
    shm_slots grown = {.slot_count =
                           slots->slot_count == 0 ? FIRST_SLOT_COUNT : slots->slot_count * 2};
    const shm_status status =
        shm_room_open(budget, grown.slot_count * sizeof(struct shm_slot_entry), &grown.room, error);
    if (status != SHM_OK) {
        return status;
    }
    const struct shm_slot_entry *old = slots->room.bytes;
    for (uint64_t i = 0; i < slots->slot_count; i++) {
        if (old[i].number != 0) {
            struct shm_slot_entry *slot = shm_slots_first(&grown, old[i].hash);
            while (slot->number != 0) {
                slot = shm_slots_next(&grown, slot);
            }
            shm_slots_put(&grown, slot, old[i].hash, old[i].number);
        }
    }
    shm_room_close(&slots->room);
    *slots = grown;
    return SHM_OK;
}

void shm_slots_close(shm_slots *slots)
{
    shm_room_close(&slots->room);
    *slots = (shm_slots){0};
}
