#include "schema/compiler/c_unit.h"

#include <string.h>

enum { COMMENT_COLUMN_MAX = 48, NO_PRESENCE = -1 };

/* A struct in the making: what stands in it so far. */
struct row {
    shm_c_unit *unit;
    const char *name;
    const char *gap_note; /* what stands between the members, if not zeros */
    shm_claims members;
    uint64_t at; /* bytes so far */
    int zero_count;
    int column; /* where comments stand */
};

static void print_member(struct row *row, const char *declaration, uint64_t offset,
                         const char *note)
{
    shm_c_print(row->unit, "    %-*s /* %llu%s */\n", row->column,
                shm_c_text(row->unit, "%s;", declaration), (unsigned long long)offset, note);
}

static void print_gap(struct row *row, uint64_t until)
{
    if (row->at == until)
        return;
    const char *word = row->gap_note == NULL ? "zero" : "others";
    const char *name = shm_c_spare(row->unit, &row->members,
                                   shm_c_text(row->unit, "%s_%d", word, row->zero_count++));
    print_member(
        row, shm_c_text(row->unit, "uint8_t %s[%llu]", name, (unsigned long long)(until - row->at)),
        row->at, row->gap_note == NULL ? "" : row->gap_note);
    row->at = until;
}

static const char *field_note(shm_c_unit *unit, const shm_field *field)
{
    const char *note = "";
    if (field->type->kind == SHM_OPTIONAL)
        note = field->type->nullable ? ": zero if absent or null" : ": zero if absent";
    return field->deprecated ? shm_c_text(unit, "%s; deprecated", note) : note;
}

static void print_field(struct row *row, const shm_type *type, size_t i, const char *presence)
{
    const shm_field *field = &type->fields[i];
    const shm_type *value = shm_c_value_type(field->type);
    if (presence != NULL) {
        print_gap(row, field->presence_offset);
        print_member(row, shm_c_text(row->unit, "uint64_t %s", presence), row->at,
                     ": which optional fields are here");
        row->at += sizeof(uint64_t);
    }
    print_gap(row, field->offset);
    shm_c_doc(row->unit, field->doc, "    ");
    print_member(row, shm_c_declare(row->unit, value, shm_c_field(row->unit, type, i)),
                 field->offset, field_note(row->unit, field));
    row->at = field->offset + value->size;
}

static int comment_column(shm_c_unit *unit, const shm_type *type)
{
    size_t widest = strlen("uint64_t present_0;");
    for (size_t i = 0; i < type->field_count; i++) {
        const char *text =
            shm_c_declare(unit, shm_c_value_type(type->fields[i].type), shm_c_field(unit, type, i));
        const size_t length = strlen(text) + 1;
        if (length > widest && length <= COMMENT_COLUMN_MAX)
            widest = length;
    }
    return (int)widest;
}

/* Cells reach what they refer to from where they stand. */
static void print_not_copied(shm_c_unit *unit, const char *name)
{
    shm_c_print(unit,
                "#ifdef __cplusplus\n"
                "    %s() = delete;\n"
                "    %s(const %s &) = delete;\n"
                "    %s &operator=(const %s &) = delete;\n"
                "#endif\n",
                name, name, name, name, name);
}

static void print_asserts(shm_c_unit *unit, const shm_type *type, const char *name, uint64_t size,
                          const char **presence)
{
    shm_c_print(unit, "static_assert(sizeof(%s) == %llu, \"size of %s\");\n", name,
                (unsigned long long)size, name);
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (presence[i] != NULL && field->presence_bit == 0)
            shm_c_print(unit, "static_assert(offsetof(%s, %s) == %llu, \"%s\");\n", name,
                        presence[i], (unsigned long long)field->presence_offset, presence[i]);
        const char *member = shm_c_field(unit, type, i);
        shm_c_print(unit, "static_assert(offsetof(%s, %s) == %llu, \"%s\");\n", name, member,
                    (unsigned long long)field->offset, member);
    }
}

/* The presence words of a type by field, NULL for fields without. */
const char **shm_c_presence(shm_c_unit *unit, const shm_type *type)
{
    struct row row = {.unit = unit};
    const char **words = shm_arena_alloc_array(&unit->arena, type->field_count + 1, sizeof *words);
    if (words == NULL) {
        unit->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < type->field_count; i++)
        shm_c_spare(unit, &row.members, shm_c_field(unit, type, i));
    int count = 0;
    const char *word = NULL;
    for (size_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].type->kind != SHM_OPTIONAL)
            continue;
        if (type->fields[i].presence_bit == 0)
            word = shm_c_spare(unit, &row.members, shm_c_text(unit, "present_%d", count++));
        words[i] = word;
    }
    shm_claims_free(&row.members);
    return words;
}

void shm_c_row(shm_c_unit *unit, const shm_type *type, const char *name, const char *title,
               const char *gap_note)
{
    struct row row = {.unit = unit, .name = name, .gap_note = gap_note};
    const bool is_record = type->kind == SHM_RECORD;
    const uint64_t size = is_record ? type->row_size : type->size;
    const bool stays = is_record || type->has_cells;
    const char **presence = shm_c_presence(unit, type);
    if (presence == NULL)
        return;
    for (size_t i = 0; i < type->field_count; i++)
        shm_c_spare(unit, &row.members, shm_c_field(unit, type, i));
    row.column = comment_column(unit, type);

    shm_c_print(unit, "\n");
    shm_c_doc(unit,
              shm_c_text(unit, "%s%s%s: %llu bytes.%s", type->doc == NULL ? "" : type->doc,
                         type->doc == NULL ? "" : "\n\n", title, (unsigned long long)size,
                         gap_note != NULL ? "  Never copied: its value stands in its line."
                         : stays ? "  Never copied: its cells are found from its own address."
                                 : ""),
              "");
    shm_c_print(unit, "struct %s {\n", name);
    for (size_t i = 0; i < type->field_count; i++) {
        const bool begins = presence[i] != NULL && type->fields[i].presence_bit == 0;
        print_field(&row, type, i, begins ? presence[i] : NULL);
    }
    print_gap(&row, size);
    if (stays)
        print_not_copied(unit, name);
    shm_c_print(unit, "};\n");
    print_asserts(unit, type, name, size, presence);
    shm_claims_free(&row.members);
}
