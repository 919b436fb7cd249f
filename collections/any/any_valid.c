/* any_valid.c — is it one well-formed value?
 *
 * One pass with a stack of the containers that are open.  Elements of sets and keys of dicts are
 * compared with the one before; a comparison costs no more bytes than the smaller of the two has,
 * so that a byte is compared at most log2(length) times however sets nest. */
#include "collections/any/any_disk.h"

#include <string.h>

#include <shm/text.h>

struct open_node {
    const uint8_t *start;
    const uint8_t *end;
    const uint8_t *previous; /* set, dict: the last element or key; NULL before the first */
    uint64_t left;           /* nodes still to come */
    shm_any_kind kind;
};

/* Reads a minimal LEB128 below `end`. */
static bool take_length(const uint8_t **at, const uint8_t *end, uint64_t *length)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < SHM_ANY_LENGTH_BYTES_MAX && *at < end; i++) {
        const uint8_t byte = *(*at)++;
        if (i == SHM_ANY_LENGTH_BYTES_MAX - 1 && byte > 1) {
            return false; /* more than 64 bits */
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *length = value;
            return byte != 0 || i == 0;
        }
    }
    return false;
}

static bool text_is_valid(shm_any_kind kind, shm_string text)
{
    switch (kind) {
    case SHM_ANY_STRING:
        return shm_text_is_utf8(text);
    case SHM_ANY_DECIMAL:
        return shm_decimal_valid(text);
    default:
        return true;
    }
}

/* Y1 and Y2 of a scalar that is not a text. */
static bool scalar_is_valid(const shm_any *any)
{
    uint64_t bits;
    switch (any->kind) {
    case SHM_ANY_UINT:
        return any->u.uinteger > INT64_MAX;
    case SHM_ANY_FLOAT:
        memcpy(&bits, &any->u.number, sizeof bits);
        return any->u.number == any->u.number || bits == SHM_ANY_NAN;
    case SHM_ANY_DATE:
        return shm_date_valid(any->u.date);
    case SHM_ANY_DATETIME:
        return shm_datetime_valid(any->u.datetime);
    default:
        return true;
    }
}

/* Takes the node at *at, of a container only its head, which then is described by *node. */
static bool take_node(const uint8_t **at, const uint8_t *end, struct open_node *node)
{
    const uint8_t *start = *at;
    if (start == end || *start > SHM_ANY_DICT) {
        return false;
    }
    const shm_any_kind kind = (shm_any_kind)*start;
    const uint8_t *next = start + 1;
    uint64_t count = 0;
    uint64_t length = shm_any_scalar_size(kind);
    if (shm_any_is_container(kind) && !take_length(&next, end, &count)) {
        return false;
    }
    if ((shm_any_is_container(kind) || shm_any_is_text(kind)) &&
        !take_length(&next, end, &length)) {
        return false;
    }
    /* A node takes a byte at least, so a count above `length` is wrong, and doubling is safe. */
    if (length > (uint64_t)(end - next) || count > length) {
        return false;
    }
    node->start = start;
    node->end = next + length;
    node->previous = NULL;
    node->left = kind == SHM_ANY_DICT ? 2 * count : count;
    node->kind = kind;
    if (shm_any_is_container(kind)) {
        *at = next;
        return true;
    }
    *at = node->end;
    if (shm_any_is_text(kind)) {
        return text_is_valid(kind, shm_string_of((const char *)next, length));
    }
    const shm_any any = shm_any_next(start);
    return scalar_is_valid(&any);
}

/* Counts the finished node at `start` in its container; Y3. */
static bool count_inner(struct open_node *container, const uint8_t *start)
{
    const bool is_ordered = container->kind == SHM_ANY_SET ||
                            (container->kind == SHM_ANY_DICT && container->left % 2 == 0);
    container->left--;
    if (!is_ordered) {
        return true;
    }
    const bool rises =
        container->previous == NULL || shm_any_compare(container->previous, start) < 0;
    container->previous = start;
    return rises;
}

bool shm_any_valid(shm_bytes bytes, uint64_t *nodes)
{
    struct open_node open[SHM_ANY_DEPTH_MAX];
    size_t depth = 0;
    uint64_t count = 0;
    const uint8_t *at = bytes.data;
    if (bytes.length == 1 && *at == SHM_ANY_NULL) {
        return false; /* null is no bytes */
    }
    while (bytes.length > 0) {
        struct open_node node;
        const uint8_t *end = depth > 0 ? open[depth - 1].end : bytes.data + bytes.length;
        if (!take_node(&at, end, &node)) {
            return false;
        }
        count++;
        if (shm_any_is_container(node.kind)) {
            if (depth == SHM_ANY_DEPTH_MAX) {
                return false;
            }
            open[depth++] = node;
        } else if (depth > 0 && !count_inner(&open[depth - 1], node.start)) {
            return false;
        }
        while (depth > 0 && open[depth - 1].left == 0) {
            const struct open_node *closed = &open[--depth];
            if (at != closed->end || (depth > 0 && !count_inner(&open[depth - 1], closed->start))) {
                return false;
            }
        }
        if (depth == 0) {
            break;
        }
    }
    if (bytes.length > 0 && at != bytes.data + bytes.length) {
        return false;
    }
    if (nodes != NULL) {
        *nodes = count;
    }
    return true;
}
