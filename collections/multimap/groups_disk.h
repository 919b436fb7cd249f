/* groups_disk.h — the bytes of a groups section: the rows of keys that have several.
 *
 * The section is an array of row numbers of `stride` bytes: 4 if the table has fewer than 2^32
 * rows, else 8.  A group is its count, then that many row numbers, rising:
 *   | 2 | row | row | 3 | row | row | row | ...
 * The group of a key begins at the index that its map value names (its highest bit set).
 *
 * Entry in the directory: count = array elements, stride = 4 or 8, parameter = (key, row) pairs in
 * the index, single ones included.
 *
 * G1  Groups follow one another without gaps in the order of their keys' hashes.
 * G2  A count is at least 2; row numbers rise strictly and are below the table's row count.
 * G3  Every group is named by exactly one map value. */
#ifndef COLLECTIONS_GROUPS_DISK_H
#define COLLECTIONS_GROUPS_DISK_H

enum { SHM_GROUP_WIDTH_SMALL = 4, SHM_GROUP_WIDTH_LARGE = 8 };

#endif
