/* tensor_disk.h — the bytes of a tensor collection: elements in C order, nothing else.
 *
 * The shape does not fit the directory, so it stands behind the elements:
 *   | the elements | zeros to a multiple of 8 | u64 shape[ndim] |
 * Directory: count = elements, stride = bytes of an element, parameter = ndim.
 *
 * T1  ndim <= SHM_TENSOR_NDIM_MAX and the product of the shape is count (ndim 0: 1).
 * T2  The section holds exactly these bytes. */
#ifndef COLLECTIONS_TENSOR_DISK_H
#define COLLECTIONS_TENSOR_DISK_H

#endif
