# Finds of u64 keys over the number of entries; lookup.text.gnuplot is the same of texts.
if (!exists('kind')) kind = 'u64'
array contenders[9] = ['libshm index', 'libshm map', 'libshm map min', 'limit of the map', \
    'absl::flat_hash_map', 'std::unordered_map', 'LMDB', 'cdb', 'Tkrzw HashDBM']
set terminal svg size 1500,500 noenhanced
set datafile separator ','
set datafile missing NaN
set logscale xy
set format x '%.0s%c'
set offsets graph 0.1, graph 0.1
set xlabel 'entries'
set multiplot layout 1,3 margins 0.05,0.82,0.13,0.83 spacing 0.05 \
    title sprintf('Finds of %s keys, ns a find', kind)
do for [column in 'hit_ns dependent_ns batch_ns'] {
    set title column[:strlen(column) - 3]
    if (column eq 'hit_ns') { set key at screen 0.99, 0.83 } else { set key off }
    plot for [i = 1:|contenders|] table \
        using (strcol('keys') eq kind && strcol('contender') eq contenders[i] \
               ? column('rows') : NaN):column \
        with linespoints title contenders[i]
}
unset multiplot
