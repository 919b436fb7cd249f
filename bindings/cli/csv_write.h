/* csv_write.h — rows as CSV (RFC 4180), such that reading them again gives the same rows. */
#ifndef BINDINGS_CLI_CSV_WRITE_H
#define BINDINGS_CLI_CSV_WRITE_H

#include <shm/dataset.h>

#include "out.h"

void shm_csv_write_header(shm_out *out, const shm_type *record);
void shm_csv_write_row(shm_out *out, const shm_value *row);

#endif
