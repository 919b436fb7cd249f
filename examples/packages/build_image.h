/* build_image.h — from the text of the package index to a published image. */
#ifndef PACKAGES_BUILD_IMAGE_H
#define PACKAGES_BUILD_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <shm/status.h>

struct build_figures {
    uint64_t text_bytes;
    uint64_t package_count;
    uint64_t repeated_count; /* stanzas with a name, version and architecture seen before */
    double seconds;          /* parsing, packing, indexing, writing, syncing */
};

/* Builds an image of all packages in `text` (stanzas as apt-cache dumpavail prints them) at `path`.
 * Draws a progress bar on stderr if `draw`.  Tells what went wrong on stderr. */
bool build_image(FILE *text, uint64_t text_bytes, const char *path, bool draw,
                 struct build_figures *figures);

#endif
