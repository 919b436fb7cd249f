#include "describe.h"

#include <string.h>

shm_description shm_describe(const shm_dataset *dataset, const shm_collection *collection)
{
    shm_description description = {.rows = 0};
    const shm_index *index = shm_dataset_index(dataset, collection->number);
    shm_tensor tensor;
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        const shm_section_info section = shm_dataset_section(dataset, i);
        if (section.collection != NULL && strcmp(section.collection, collection->name) == 0) {
            description.bytes += section.size;
        }
    }
    if (collection->kind == SHM_TENSOR_OF) {
        if (shm_dataset_tensor(dataset, collection->number, &tensor)) {
            description.rows = tensor.count;
        }
        return description;
    }
    if (index != NULL) {
        description.has_index = true;
        description.index = shm_index_describe(index);
        description.keys = description.index.key_count;
    }
    description.rows = collection->table != NULL
                           ? description.index.entry_count
                           : shm_dataset_row_count(dataset, collection->number);
    return description;
}
