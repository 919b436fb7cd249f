/* random_image.c — writes the image of a seed: random rows of a random schema.
 *
 *     random_image SEED IMAGE
 *     random_image --seeds N     how many seeds of N a test takes (fewer under a sanitizer) */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/random_rows.h"

enum { ROW_LIMIT = 300 };

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: random_image SEED IMAGE | --seeds N\n");
        return 2;
    }
    if (strcmp(argv[1], "--seeds") == 0) {
        printf("%" PRIu64 "\n", shm_test_seed_count(strtoull(argv[2], NULL, 10)));
        return 0;
    }
    shm_test_subject subject;
    shm_test_subject_open(strtoull(argv[1], NULL, 10), ROW_LIMIT, &subject);
    FILE *file = fopen(argv[2], "wb");
    if (file == NULL ||
        fwrite(subject.image.bytes, 1, subject.image.size, file) != subject.image.size ||
        fclose(file) != 0) {
        perror(argv[2]);
        return 1;
    }
    shm_test_subject_close(&subject);
    return 0;
}
