/* serial.c — see serial.h. */
#include "serial.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support.h"

const void *bench_map_file(const char *path, size_t *size)
{
    struct stat file;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    bench_require_errno(fd < 0 || fstat(fd, &file) != 0, path);
    void *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
    bench_require_errno(bytes == MAP_FAILED, path);
    close(fd);
    *size = (size_t)file.st_size;
    return bytes;
}

void bench_unmap_file(const void *bytes, size_t size)
{
    munmap((void *)(uintptr_t)bytes, size);
}

void bench_write_file(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench_require_errno(fd < 0, path);
    for (size_t done = 0; done < size;) {
        const ssize_t written = write(fd, (const char *)bytes + done, size - done);
        bench_require_errno(written < 0, path);
        done += (size_t)written;
    }
    close(fd);
}
