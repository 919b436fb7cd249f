# Up to the first answer, over the number of entries.
array contenders[6] = ['libshm index', 'libshm map', 'LMDB', 'cdb', 'Tkrzw HashDBM', 'RocksDB']
set terminal svg size 800,500 noenhanced
set datafile separator ','
set datafile missing NaN
set key outside right
set logscale xy
set format x '%.0s%c'
set offsets graph 0.1, graph 0.1
set xlabel 'entries'
set ylabel 'us'
set title 'Opening a file and finding one u64 key'
plot for [i = 1:|contenders|] table \
    using (strcol('keys') eq 'u64' && strcol('contender') eq contenders[i] ? column('rows') : NaN) \
        :'open_us' with linespoints title contenders[i]
