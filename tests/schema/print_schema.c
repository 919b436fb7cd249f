/* print_schema SEED: prints a random schema. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/random_schema.h"

int main(int argc, char **argv)
{
    size_t length;
    if (argc != 2)
        return 2;
    char *text = shm_test_random_schema(strtoull(argv[1], NULL, 10), &length);
    const size_t written = fwrite(text, 1, length, stdout);
    free(text);
    return written == length ? 0 : 1;
}
