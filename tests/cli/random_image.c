/* random_image.c — writes the image of a seed: random rows of a random schema.
 *
 *     random_image SEED IMAGE
 *     random_image SEED --shards     its rows dealt out to shard-0.img, ..., and one build of
 *                                    these, whole.img
 *     random_image --seeds N     how many seeds of N a test takes (fewer under a sanitizer) */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/random_shards.h"

enum { ROW_LIMIT = 300 };

static bool write_image(const char *path, const struct shm_test_image *image)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(image->bytes, 1, image->size, file) != image->size ||
        fclose(file) != 0) {
        perror(path);
        return false;
    }
    return true;
}

static bool write_shards(shm_test_subject *subject)
{
    shm_test_shards shards;
    shm_test_shards_make(subject->model, 2 + subject->seed % 2, &shards);
    bool good = write_image("whole.img", &shards.whole);
    for (size_t i = 0; i < shards.count; i++) {
        char path[32];
        snprintf(path, sizeof path, "shard-%zu.img", i);
        good = write_image(path, &shards.images[i]) && good;
    }
    shm_test_shards_free(&shards);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: random_image SEED IMAGE|--shards | --seeds N\n");
        return 2;
    }
    if (strcmp(argv[1], "--seeds") == 0) {
        printf("%" PRIu64 "\n", shm_test_seed_count(strtoull(argv[2], NULL, 10)));
        return 0;
    }
    shm_test_subject subject;
    shm_test_subject_open(strtoull(argv[1], NULL, 10), ROW_LIMIT, &subject);
    const bool good = strcmp(argv[2], "--shards") == 0 ? write_shards(&subject)
                                                       : write_image(argv[2], &subject.image);
    shm_test_subject_close(&subject);
    return good ? 0 : 1;
}
