array contenders[9] = ['libshm index', 'libshm index (1 job)', 'libshm map', \
    'absl::flat_hash_map', 'absl::flat_hash_map (and a file)', 'std::unordered_map', 'LMDB', \
    'cdb', 'RocksDB']
set terminal svg size 900,500 noenhanced
set datafile separator ','
set datafile missing NaN
set key outside right
set logscale x
set format x '%.0s%c'
set offsets graph 0.1, graph 0.1
set yrange [0:*]
set xlabel 'rows'
set ylabel 'ns a row'
set title 'Time to build, u64 keys'
plot for [i = 1:|contenders|] table \
    using (strcol('keys') eq 'u64' && strcol('contender') eq contenders[i] ? column('rows') : NaN) \
        :'ns_a_row' with linespoints title contenders[i]
