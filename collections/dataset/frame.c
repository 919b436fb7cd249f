/* frame.c — the stack of values being put, and where the next one goes. */
#include <stdlib.h>
#include <string.h>

#include "collections/dataset/builder.h"

static bool is_in_place(const shm_type *type)
{
    return type->kind == SHM_STRUCT || type->kind == SHM_TUPLE || type->kind == SHM_ARRAY;
}

static bool has_fields(const shm_type *type)
{
    return type->kind == SHM_RECORD || type->kind == SHM_STRUCT || type->kind == SHM_TUPLE;
}

/* The part of the frame's own that its current value stands in. */
static int own_part(const shm_frame *frame)
{
    return frame->type->kind == SHM_DICT && frame->in_pair ? SHM_PART_KEYS : SHM_PART_VALUES;
}

unsigned char *shm_part_add(shm_builder *builder, struct shm_part *part, size_t size)
{
    if (part->bytes == NULL || size > part->capacity - part->size) {
        size_t capacity = part->capacity == 0 ? 256 : part->capacity;
        while (capacity - part->size < size) {
            if (capacity > SIZE_MAX / 2) {
                shm_builder_fail_memory(builder);
                return NULL;
            }
            capacity *= 2;
        }
        unsigned char *bytes = realloc(part->bytes, capacity);
        if (bytes == NULL) {
            shm_builder_fail_memory(builder);
            return NULL;
        }
        part->bytes = bytes;
        part->capacity = capacity;
    }
    unsigned char *at = part->bytes + part->size;
    if (size == sizeof(shm_text_cell)) {
        memset(at, 0, sizeof(shm_text_cell)); /* no call */
    } else {
        memset(at, 0, size);
    }
    part->size += size;
    return at;
}

void shm_frame_free(shm_frame *frame)
{
    for (int i = 0; i < SHM_PART_COUNT; i++) {
        free(frame->parts[i].bytes);
        free(frame->parts[i].links.list);
    }
    free(frame->seen);
}

/* A frame on top whose buffers are those of the last one at this depth. */
static shm_frame *push(shm_builder *builder)
{
    if (builder->frame_count == builder->frame_capacity) {
        const size_t capacity = builder->frame_capacity == 0 ? 8 : builder->frame_capacity * 2;
        shm_frame *frames = realloc(builder->frames, capacity * sizeof *frames);
        if (frames == NULL) {
            shm_builder_fail_memory(builder);
            return NULL;
        }
        memset(frames + builder->frame_capacity, 0,
               (capacity - builder->frame_capacity) * sizeof *frames);
        builder->frames = frames;
        builder->frame_capacity = capacity;
    }
    return &builder->frames[builder->frame_count];
}

static bool clear_seen(shm_builder *builder, shm_frame *frame)
{
    const size_t words = (frame->type->field_count + 63) / 64;
    if (words > frame->seen_words) {
        uint64_t *seen = realloc(frame->seen, words * sizeof *seen);
        if (seen == NULL) {
            shm_builder_fail_memory(builder);
            return false;
        }
        frame->seen = seen;
        frame->seen_words = words;
    }
    for (size_t i = 0; i < words; i++) {
        frame->seen[i] = 0;
    }
    return true;
}

static void clear(shm_frame *frame, const shm_type *type)
{
    frame->type = type;
    frame->in_place = is_in_place(type);
    frame->has_fields = has_fields(type);
    frame->current = 0;
    frame->next = 0;
    frame->in_pair = false;
    frame->put_count = 0;
    for (int i = 0; i < SHM_PART_COUNT; i++) {
        frame->parts[i].size = 0;
        frame->parts[i].links.count = 0;
    }
}

bool shm_frame_open(shm_builder *builder, const shm_type *type, unsigned char *at)
{
    const size_t index = builder->frame_count;
    const bool in_place = is_in_place(type);
    if (!in_place && index > 0 && builder->item_depth == SHM_NESTING_DEPTH_MAX) {
        shm_builder_fail(builder, SHM_LIMIT, "nested deeper than %d values", SHM_NESTING_DEPTH_MAX);
        return false;
    }
    size_t owner = index;
    int owner_part = SHM_PART_VALUES;
    if (in_place) {
        const shm_frame *below = &builder->frames[index - 1];
        owner = below->in_place ? below->owner : index - 1;
        owner_part = below->in_place ? below->owner_part : own_part(below);
    }
    shm_frame *frame = push(builder);
    if (frame == NULL) {
        return false;
    }
    clear(frame, type);
    frame->owner = owner;
    frame->owner_part = owner_part;
    if (frame->in_place) {
        frame->base = at;
    } else {
        frame->cell = at;
        if (type->kind == SHM_RECORD) {
            frame->base =
                shm_part_add(builder, &frame->parts[SHM_PART_VALUES], (size_t)type->row_size);
            if (frame->base == NULL) {
                return false;
            }
        }
    }
    if (frame->has_fields && !clear_seen(builder, frame)) {
        return false;
    }
    builder->frame_count++;
    builder->item_depth += !frame->in_place && index > 0;
    return true;
}

bool shm_slot_link(shm_builder *builder, unsigned char *cell, shm_scratch_item *item)
{
    const shm_frame *top = shm_frame_top(builder);
    struct shm_part *part =
        &builder->frames[top->owner].parts[top->in_place ? top->owner_part : own_part(top)];
    if (!shm_links_add(&part->links, (uint64_t)(cell - part->bytes), item)) {
        shm_builder_fail_memory(builder);
        return false;
    }
    return true;
}

/* Fails, since no field may be put next. */
static void fail_field(shm_builder *builder, shm_frame *frame, const char *what)
{
    if (frame->next >= frame->type->field_count) {
        shm_builder_fail_outside(builder, SHM_INVALID, "%s after the last field", what);
    } else {
        frame->current = frame->next++;
        shm_builder_fail(builder, SHM_INVALID, "put twice");
    }
}

/* The next field's place; NULL after a failure. */
static unsigned char *next_field(shm_builder *builder, shm_frame *frame, const char *what,
                                 const shm_type **type)
{
    const uint64_t i = frame->next;
    const uint64_t bit = UINT64_C(1) << (i % 64);
    if (i >= frame->type->field_count || (frame->seen[i / 64] & bit) != 0) {
        fail_field(builder, frame, what);
        return NULL;
    }
    const shm_field *field = &frame->type->fields[i];
    frame->current = i;
    frame->next = i + 1;
    frame->seen[i / 64] |= bit;
    frame->put_count++;
    *type = field->type;
    return frame->base + field->offset;
}

/* The next element's place, or that of a key or value of the next pair; NULL after a failure. */
static unsigned char *next_element(shm_builder *builder, shm_frame *frame, const shm_type **type)
{
    frame->current = frame->next;
    if (frame->type->kind == SHM_DICT) {
        frame->in_pair = !frame->in_pair;
        if (frame->in_pair) {
            *type = frame->type->key;
            return shm_part_add(builder, &frame->parts[SHM_PART_KEYS], (size_t)(*type)->size);
        }
        frame->next++;
        *type = frame->type->element;
        return shm_part_add(builder, &frame->parts[SHM_PART_VALUES], (size_t)(*type)->size);
    }
    *type = frame->type->element;
    frame->next++;
    if (frame->type->kind == SHM_ARRAY) {
        if (frame->current >= frame->type->length) {
            shm_builder_fail_outside(builder, SHM_INVALID, "more than %llu elements",
                                     (unsigned long long)frame->type->length);
            return NULL;
        }
        return frame->base + frame->current * (*type)->size;
    }
    return shm_part_add(builder, &frame->parts[SHM_PART_VALUES], (size_t)(*type)->size);
}

/* Marks the optional value as present or null: in its presence word as a field, else behind it. */
static void mark(const shm_frame *frame, const shm_type *type, unsigned char *at,
                 shm_presence presence)
{
    if (!frame->has_fields) {
        at[type->element->size] = (unsigned char)presence;
        return;
    }
    const shm_field *field = &frame->type->fields[frame->current];
    uint64_t word;
    memcpy(&word, frame->base + field->presence_offset, sizeof word);
    word |= (uint64_t)(presence == SHM_IS_NULL ? 3 : 1) << field->presence_bit;
    memcpy(frame->base + field->presence_offset, &word, sizeof word);
}

/* What is not the next field of something with fields, present. */
static bool open_slot(shm_builder *builder, const char *what, shm_presence presence,
                      struct shm_slot *slot)
{
    if (builder->failure.status != SHM_OK) {
        return false;
    }
    shm_frame *frame = shm_frame_top(builder);
    if (frame == NULL) {
        shm_builder_fail(builder, SHM_INVALID, "%s outside of a row", what);
        return false;
    }
    slot->at = frame->has_fields ? next_field(builder, frame, what, &slot->type)
                                 : next_element(builder, frame, &slot->type);
    if (slot->at == NULL) {
        return false;
    }
    if (slot->type->kind == SHM_OPTIONAL) {
        if (presence == SHM_IS_NULL && !slot->type->nullable) {
            presence = SHM_ABSENT; /* T? has one way of not being there */
        }
        if (presence != SHM_ABSENT) {
            mark(frame, slot->type, slot->at, presence);
        }
        slot->type = presence == SHM_PRESENT ? slot->type->element : NULL;
    } else if (presence == SHM_ABSENT || (presence == SHM_IS_NULL && slot->type->kind != SHM_ANY)) {
        shm_put_wrong_kind(builder, slot->type, what);
        return false;
    }
    return true;
}

bool shm_slot_open(shm_builder *builder, const char *what, shm_presence presence,
                   struct shm_slot *slot)
{
    shm_frame *frame = shm_frame_top(builder);
    if (presence != SHM_PRESENT || frame == NULL || builder->failure.status != SHM_OK ||
        !frame->has_fields || frame->next >= frame->type->field_count) {
        return open_slot(builder, what, presence, slot);
    }
    const uint64_t i = frame->next;
    const shm_field *field = &frame->type->fields[i];
    uint64_t *seen = &frame->seen[i / 64];
    const uint64_t bit = UINT64_C(1) << (i % 64);
    if ((*seen & bit) != 0) {
        return open_slot(builder, what, presence, slot);
    }
    *seen |= bit;
    frame->current = i;
    frame->next = i + 1;
    frame->put_count++;
    slot->type = field->type;
    slot->at = frame->base + field->offset;
    if (field->type->kind == SHM_OPTIONAL) {
        mark(frame, field->type, slot->at, SHM_PRESENT);
        slot->type = field->type->element;
    }
    return true;
}

const shm_type *shm_builder_next_type(const shm_builder *builder)
{
    if (builder->frame_count == 0 || builder->failure.status != SHM_OK) {
        return NULL;
    }
    const shm_frame *frame = &builder->frames[builder->frame_count - 1];
    if (frame->has_fields) {
        return frame->next < frame->type->field_count ? frame->type->fields[frame->next].type
                                                      : NULL;
    }
    if (frame->type->kind == SHM_ARRAY && frame->next >= frame->type->length) {
        return NULL;
    }
    return frame->type->kind == SHM_DICT && !frame->in_pair ? frame->type->key
                                                            : frame->type->element;
}

void shm_put_field(shm_builder *builder, size_t field)
{
    shm_frame *frame = shm_frame_top(builder);
    if (builder->failure.status != SHM_OK) {
        return;
    }
    if (frame == NULL || !frame->has_fields || field >= frame->type->field_count) {
        shm_builder_fail_outside(builder, SHM_INVALID, "there is no field %zu", field);
        return;
    }
    frame->next = field;
}
