#include "rows.h"

shm_cli_rows shm_cli_rows_of(const shm_dataset *dataset, const shm_collection *collection)
{
    const shm_cli_rows rows = {
        .dataset = dataset,
        .collection = collection->number,
        .count = shm_dataset_table(dataset, collection->number).count,
    };
    return rows;
}

bool shm_cli_rows_next(shm_cli_rows *rows, shm_value *row)
{
    return rows->next < rows->count &&
           shm_dataset_row(rows->dataset, rows->collection, rows->next++, row);
}

bool shm_cli_rows_pick(const shm_cli_rows *rows, uint64_t random, shm_value *row)
{
    return rows->count > 0 &&
           shm_dataset_row(rows->dataset, rows->collection, random % rows->count, row);
}
