/* input.h — a file or standard input, read piece by piece into one buffer. */
#ifndef BINDINGS_CLI_INPUT_H
#define BINDINGS_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A row of text longer than this is refused. */
#define SHM_INPUT_ROW_BYTES_MAX (UINT64_C(1) << 32)

enum { SHM_INPUT_SLACK_BYTES = 64 }; /* readable after the last byte of the buffer */

typedef struct shm_input {
    const char *name; /* as messages give it: the path, or "<stdin>" */
    int fd;
    char *bytes;
    size_t size;  /* allocated, not counting the slack */
    size_t start; /* what was not taken yet is bytes[start .. end) */
    size_t end;
    bool ended;          /* nothing follows bytes[end] */
    uint64_t line;       /* number of the line at `start`, from 1 */
    uint64_t read_bytes; /* so far */
    uint64_t file_bytes; /* in all; 0 if that is not known */
} shm_input;

/* Opens a path, or standard input for "-".  0, or the exit code after a message. */
int shm_input_open(shm_input *input, const char *path);
void shm_input_close(shm_input *input);

/* Reads more after `end`; what was not taken may move within memory.  False at the end of the file,
 * or after a message (*code then is not 0). */
bool shm_input_more(shm_input *input, int *code);

/* Takes a byte order mark at the start. */
bool shm_input_skip_mark(shm_input *input, int *code);

/* The next line without its '\n', which is replaced by a NUL: it is the caller's until the next
 * call.  `input->line` is one past its number.  False as above. */
bool shm_input_line(shm_input *input, char **line, size_t *length, int *code);

#endif
