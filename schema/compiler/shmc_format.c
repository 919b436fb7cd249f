#include <stdio.h>

#include "schema/compiler/format.h"
#include "schema/compiler/shmc.h"

void shmc_format(shmc_run *run, const char *path)
{
    shm_diagnostics diagnostics = {0};
    shm_parsed *parsed = shmc_parse(run, path, &diagnostics);
    if (parsed != NULL)
        shmc_tell_diagnostics(run, &diagnostics);
    if (parsed != NULL && diagnostics.count == 0) {
        const shm_source *source = &parsed->root->source;
        shm_output out = {0};
        shm_format(source->text, source->length, &out);
        if (out.failed) {
            const shm_error error = {.status = SHM_NO_MEMORY, .text = "out of memory"};
            shmc_tell_failure(run, path, SHM_NO_MEMORY, &error);
        } else if (out.text != NULL) {
            fwrite(out.text, 1, out.length, stdout);
        }
        shm_output_free(&out);
    }
    shm_parsed_free(parsed);
    shm_diagnostics_close(&diagnostics);
}
