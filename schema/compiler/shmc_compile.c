/* Compiling one schema: what is written, and where. */
#include "schema/compiler/shmc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "libshm/error.h"
#include "schema/compiler/c_header.h"
#include "schema/compiler/dot.h"
#include "schema/compiler/python.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static shm_status make_folder(const char *path, shm_error *error)
{
    shm_output part = {0};
    shm_status status = SHM_OK;
    shm_output_print(&part, "%s", path);
    if (part.failed)
        return shm_fail_memory(error);
    for (size_t i = 1; i <= part.length && status == SHM_OK; i++) {
        if (part.text[i] != '/' && part.text[i] != '\0')
            continue;
        const char kept = part.text[i];
        part.text[i] = '\0';
        if (mkdir(part.text, 0777) != 0 && errno != EEXIST)
            status = shm_fail_errno(error, "%s: cannot be made", part.text);
        part.text[i] = kept;
    }
    shm_output_free(&part);
    return status;
}

static bool write_file(shmc_run *run, const shm_output *text, const char *name, int name_length,
                       const char *suffix)
{
    const char *folder = run->options->folder;
    shm_output path = {0};
    shm_error error = {0};
    if (folder == NULL)
        shm_output_print(&path, "%.*s%s", name_length, name, suffix);
    else
        shm_output_print(&path, "%s/%.*s%s", folder, name_length, name, suffix);
    shm_status status =
        path.failed ? shm_fail_memory(&error) : shm_output_write(text, path.text, &error);
    if (status != SHM_OK)
        shmc_tell_failure(run, path.text, status, &error);
    else
        shm_output_print(&run->written, "%s\n", path.text);
    shm_output_free(&path);
    return status == SHM_OK;
}

/* A way to write one output from a schema file. */
typedef shm_status emitter(const shm_parsed *parsed, const char *dataset,
                           shm_diagnostics *diagnostics, shm_output *out, shm_error *error);

static bool emit(shmc_run *run, emitter *call, const shm_parsed *parsed, const char *dataset,
                 shm_diagnostics *diagnostics, const char *suffix)
{
    shm_output out = {0};
    shm_error error = {0};
    const char *name = base_name(parsed->root->source.name);
    const size_t before = diagnostics->count;
    const shm_status status = call(parsed, dataset, diagnostics, &out, &error);
    bool good = status == SHM_OK;
    int length = (int)strlen(name);
    if (suffix[1] != 'h' && length > 4 && strcmp(name + length - 4, ".shm") == 0)
        length -= 4;
    if (!good && diagnostics->count == before)
        shmc_tell_failure(run, parsed->root->source.name, status, &error);
    if (good)
        good = write_file(run, &out, name, length, suffix);
    shm_output_free(&out);
    return good;
}

/* All outputs of one file.  Its imports are compiled as files of their own. */
static bool compile_file(shmc_run *run, const char *path, const char *dataset)
{
    const shmc_options *options = run->options;
    shm_diagnostics diagnostics = {0};
    shm_parsed *parsed = shmc_parse(run, path, &diagnostics);
    bool good = parsed != NULL;
    if (good && options->c)
        good = emit(run, shm_c_header, parsed, dataset, &diagnostics, ".h");
    if (good && options->python)
        good = emit(run, shm_python_stub, parsed, dataset, &diagnostics, ".pyi");
    if (good && options->dot)
        good = emit(run, shm_dot_graph, parsed, dataset, &diagnostics, ".dot");
    if (parsed != NULL)
        shmc_tell_diagnostics(run, &diagnostics);
    shm_parsed_free(parsed);
    shm_diagnostics_close(&diagnostics);
    return good;
}

/* Checks the whole schema before the first file is written. */
static bool check(shmc_run *run, const char *path)
{
    const shm_schema *schema = shmc_schema(run, path, true);
    shm_schema_free(schema);
    return schema != NULL;
}

static bool is_one_file(const char *a, const char *b)
{
    struct stat one;
    struct stat other;
    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* All outputs lie in one folder: whether another file of this run has written there what this one
 * would. */
static bool has_rival(shmc_run *run, const char *path)
{
    const char *line = run->inputs.text;
    bool found = false;
    while (!found && line != NULL && *line != '\0') {
        const size_t length = strcspn(line, "\n");
        shm_output other = {0};
        shm_error error = {0};
        shm_status status = SHM_OK;
        shm_output_print(&other, "%.*s", (int)length, line);
        if (other.failed)
            status = shm_fail_memory(&error);
        else if (strcmp(base_name(other.text), base_name(path)) == 0 &&
                 !is_one_file(other.text, path))
            status = shm_fail(&error, SHM_INVALID,
                              "%s and %s have one name, and so would what is written for them: "
                              "rename one, or compile them apart with -o",
                              other.text, path);
        if (status != SHM_OK)
            shmc_tell_failure(run, path, status, &error);
        found = status != SHM_OK;
        shm_output_free(&other);
        line += length + (line[length] == '\n');
    }
    return found;
}

void shmc_compile(shmc_run *run, const char *path)
{
    shm_diagnostics diagnostics = {0};
    shm_error error = {0};
    if (!check(run, path))
        return;
    const shm_status status =
        run->options->folder == NULL ? SHM_OK : make_folder(run->options->folder, &error);
    if (status != SHM_OK) {
        shmc_tell_failure(run, run->options->folder, status, &error);
        return;
    }
    shm_parsed *parsed = shmc_parse(run, path, &diagnostics);
    bool good = parsed != NULL;
    for (const shm_ast_file *file = good ? parsed->files : NULL; good && file != NULL;
         file = file->next) {
        const size_t before = run->written.length;
        if (has_rival(run, file->source.name))
            break;
        shm_output_print(&run->inputs, "%s\n", file->source.name);
        good = compile_file(run, file->source.name,
                            file == parsed->root ? run->options->dataset : NULL);
        if (good && file == parsed->root)
            shm_output_add(&run->asked, run->written.text + before, run->written.length - before);
    }
    shm_parsed_free(parsed);
    shm_diagnostics_close(&diagnostics);
}

/* ---- --depfile ---- */

static void print_paths(shm_output *out, const char *lines, const char *between)
{
    for (const char *at = lines == NULL ? "" : lines; *at != '\0'; at++) {
        if (*at == '\n')
            shm_output_print(out, "%s", at[1] == '\0' ? "" : between);
        else if (*at == ' ' || *at == '#' || *at == '\\')
            shm_output_print(out, "\\%c", *at);
        else if (*at == '$')
            shm_output_print(out, "$$");
        else
            shm_output_add(out, at, 1);
    }
}

void shmc_write_depfile(shmc_run *run)
{
    shm_output rule = {0};
    shm_error error = {0};
    print_paths(&rule, run->asked.text, " ");
    shm_output_print(&rule, ": ");
    print_paths(&rule, run->inputs.text, " \\\n  ");
    shm_output_print(&rule, "\n");
    const shm_status status = shm_output_write(&rule, run->options->depfile, &error);
    if (status != SHM_OK)
        shmc_tell_failure(run, run->options->depfile, status, &error);
    shm_output_free(&rule);
}
