#include "schema/text/parser.h"

#include <string.h>

static bool parse_path(shm_parser *parser, shm_ast_path *path)
{
    shm_ast_name steps[SHM_STRUCT_DEPTH_MAX + 1];
    do {
        if (path->step_count == SHM_STRUCT_DEPTH_MAX + 1)
            return shm_parser_fail_at(parser, parser->token.at, SHM_LIMIT,
                                      "a path of more than %d steps", SHM_STRUCT_DEPTH_MAX + 1);
        if (!shm_parser_name(parser, &steps[path->step_count], "the name of a field"))
            return false;
        path->step_count++;
    } while (shm_parser_take(parser, '.'));
    path->steps = shm_parser_alloc(parser, path->step_count * sizeof *path->steps);
    if (path->steps == NULL)
        return false;
    memcpy(path->steps, steps, path->step_count * sizeof *path->steps);
    return true;
}

static bool fail_both(shm_parser *parser, uint32_t at)
{
    return shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA,
                              "min and approximate are no options of one index: an approximate "
                              "index has one form");
}

static bool parse_options(shm_parser *parser, shm_ast_collection *collection)
{
    for (;;) {
        const uint32_t at = parser->token.at;
        if (shm_parser_take_word(parser, "approximate")) {
            if (collection->kind != SHM_MULTI)
                return shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA,
                                          collection->kind == SHM_APPROXIMATE
                                              ? "approximate is said twice"
                                              : "approximate is an option of multi only");
            if (collection->is_min)
                return fail_both(parser, at);
            collection->kind = SHM_APPROXIMATE;
            if (parser->token.kind != SHM_TOKEN_NUMBER)
                continue;
            const shm_ast_literal *one = shm_parser_literal(parser, "a rate");
            if (one == NULL)
                return false;
            if (one->text.length != 1 || one->text.data[0] != '1')
                return shm_parser_fail_at(parser, one->at, SHM_BAD_SCHEMA,
                                          "a rate is written 1/N, as in approximate 1/1000");
            if (!shm_parser_expect(parser, '/', "in the rate 1/N"))
                return false;
            collection->one_in = shm_parser_literal(parser, "the N of the rate 1/N");
            if (collection->one_in == NULL)
                return false;
        } else if (shm_parser_take_word(parser, "min")) {
            if (collection->is_min || collection->kind == SHM_SORTED)
                return shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA,
                                          collection->is_min
                                              ? "min is said twice"
                                              : "min is no option of sorted: it has one form");
            if (collection->kind == SHM_APPROXIMATE)
                return fail_both(parser, at);
            collection->is_min = true;
        } else {
            return true;
        }
    }
}

static bool parse_index(shm_parser *parser, shm_ast_collection *collection)
{
    shm_ast_path **end = &collection->paths;
    if (!shm_parser_name(parser, &collection->table, "the name of a table"))
        return false;
    if (!shm_parser_take_word(parser, "by"))
        return shm_parser_fail(parser, "'by' and the fields of the key");
    do {
        if (collection->path_count == SHM_KEY_PART_COUNT_MAX)
            return shm_parser_fail_at(parser, parser->token.at, SHM_LIMIT,
                                      "a key of more than %d parts", SHM_KEY_PART_COUNT_MAX);
        shm_ast_path *path = shm_parser_alloc(parser, sizeof *path);
        if (path == NULL || !parse_path(parser, path))
            return false;
        *end = path;
        end = &path->next;
        collection->path_count++;
    } while (shm_parser_take(parser, ','));
    return parse_options(parser, collection);
}

static bool parse_parts(shm_parser *parser, shm_ast_collection *collection)
{
    const shm_collection_kind kind = collection->kind;
    const bool has_key = kind == SHM_MAP || kind == SHM_MULTIMAP || kind == SHM_SET_OF;
    if (!shm_parser_expect(parser, '<', "after the kind of the collection"))
        return false;
    if (has_key) {
        collection->key = shm_parser_type(parser);
        if (collection->key == NULL)
            return false;
    }
    if ((kind == SHM_MAP || kind == SHM_MULTIMAP) &&
        !shm_parser_expect(parser, ',', "between the types of key and value"))
        return false;
    if (kind != SHM_SET_OF) {
        collection->element = shm_parser_type(parser);
        if (collection->element == NULL)
            return false;
    }
    if (!shm_parser_expect(parser, '>', "after the type"))
        return false;
    return !has_key || parse_options(parser, collection);
}

static bool parse_kind(shm_parser *parser, shm_ast_collection *collection)
{
    static const struct {
        const char *word;
        shm_collection_kind kind;
    } kinds[] = {{"array", SHM_TABLE},      {"index", SHM_INDEX},  {"multi", SHM_MULTI},
                 {"map", SHM_MAP},          {"set", SHM_SET_OF},   {"multimap", SHM_MULTIMAP},
                 {"tensor", SHM_TENSOR_OF}, {"sorted", SHM_SORTED}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!shm_parser_take_word(parser, kinds[i].word))
            continue;
        collection->kind = kinds[i].kind;
        if (collection->kind == SHM_INDEX || collection->kind == SHM_MULTI ||
            collection->kind == SHM_SORTED)
            return parse_index(parser, collection);
        return parse_parts(parser, collection);
    }
    return shm_parser_fail(parser, "array, index, multi, sorted, map, multimap, set or tensor");
}

static bool parse_collection(shm_parser *parser, shm_ast_collection *collection)
{
    collection->doc = shm_parser_doc(parser);
    if (!shm_parser_name(parser, &collection->name, "a collection or '}'") ||
        !shm_parser_expect(parser, ':', "after the collection's name") ||
        !parse_kind(parser, collection))
        return false;
    collection->deprecated = shm_parser_take_word(parser, "deprecated");
    return shm_parser_expect_end(parser, "after the collection");
}

bool shm_parser_dataset(shm_parser *parser, shm_ast_dataset *dataset)
{
    shm_ast_collection **end = &dataset->collections;
    while (parser->token.kind != '}' && !shm_parser_stops(parser)) {
        shm_ast_collection *collection = shm_parser_alloc(parser, sizeof *collection);
        if (collection == NULL)
            return false;
        if (!parse_collection(parser, collection)) {
            shm_parser_skip_member(parser);
            continue;
        }
        *end = collection;
        end = &collection->next;
        dataset->collection_count++;
    }
    return shm_parser_expect(parser, '}', "after the collections");
}
