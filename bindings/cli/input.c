#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { READ_BYTES = 1 << 18 };

int shm_input_open(shm_input *input, const char *path)
{
    struct stat status;
    memset(input, 0, sizeof *input);
    input->line = 1;
    if (strcmp(path, "-") == 0) {
        input->name = "<stdin>";
        input->fd = STDIN_FILENO;
    } else {
        input->name = path;
        input->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (input->fd == -1) {
            return shm_cli_fail(SHM_EXIT_IO, "cannot open %s: %s", path, strerror(errno));
        }
    }
    if (fstat(input->fd, &status) == 0 && S_ISREG(status.st_mode)) {
        input->file_bytes = (uint64_t)status.st_size;
    }
    return SHM_EXIT_DONE;
}

void shm_input_close(shm_input *input)
{
    if (input->fd > STDERR_FILENO) {
        close(input->fd);
    }
    free(input->bytes);
    memset(input, 0, sizeof *input);
}

/* Makes room for a read: moves what is left to the front, and doubles the buffer if that fills
 * it. */
static void make_room(shm_input *input)
{
    const size_t left = input->end - input->start;
    if (input->start > 0) {
        memmove(input->bytes, input->bytes + input->start, left);
        input->start = 0;
        input->end = left;
    }
    if (input->size - left < READ_BYTES) {
        input->size = input->size == 0 ? 2 * READ_BYTES : 2 * input->size;
        input->bytes = shm_cli_realloc(input->bytes, input->size + SHM_INPUT_SLACK_BYTES);
        memset(input->bytes + input->size, 0, SHM_INPUT_SLACK_BYTES);
    }
}

bool shm_input_more(shm_input *input, int *code)
{
    if (input->ended) {
        return false;
    }
    if (input->end - input->start > SHM_INPUT_ROW_BYTES_MAX) {
        *code = shm_cli_fail(SHM_EXIT_BAD, "%s:%llu:1: a row is longer than 4 GiB", input->name,
                             (unsigned long long)input->line);
        return false;
    }
    if (input->size - input->end < READ_BYTES) {
        make_room(input);
    }
    ssize_t length;
    do {
        length = read(input->fd, input->bytes + input->end, input->size - input->end);
    } while (length == -1 && errno == EINTR);
    if (length == -1) {
        *code = shm_cli_fail(SHM_EXIT_IO, "cannot read %s: %s", input->name, strerror(errno));
        return false;
    }
    input->end += (size_t)length;
    input->read_bytes += (uint64_t)length;
    input->ended = length == 0;
    memset(input->bytes + input->end, 0, SHM_INPUT_SLACK_BYTES);
    return length > 0;
}

bool shm_input_skip_mark(shm_input *input, int *code)
{
    while (input->end - input->start < 3 && shm_input_more(input, code)) {
    }
    if (*code == 0 && input->end - input->start >= 3 &&
        memcmp(input->bytes + input->start, "\xef\xbb\xbf", 3) == 0) {
        input->start += 3;
    }
    return *code == 0;
}

bool shm_input_line(shm_input *input, char **line, size_t *length, int *code)
{
    size_t searched = 0;
    for (;;) {
        const size_t left = input->end - input->start;
        char *at = input->bytes + input->start;
        char *newline = left == searched ? NULL : memchr(at + searched, '\n', left - searched);
        if (newline == NULL) {
            searched = left;
            if (shm_input_more(input, code)) {
                continue;
            }
            if (*code != 0 || left == 0) {
                return false;
            }
            at = input->bytes + input->start;
            newline = at + left;
        }
        *newline = '\0';
        *line = at;
        *length = (size_t)(newline - at);
        input->start += *length + (input->start + *length < input->end ? 1 : 0);
        input->line++;
        return true;
    }
}
