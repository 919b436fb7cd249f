# Finds of u64 keys over the number of entries; lookup.text.gnuplot is the same of texts.
if (!exists('kind')) kind = 'u64'
array contenders[9] = ['libshm index', 'libshm map', 'libshm map min', 'limit: one line', \
    'absl::flat_hash_map', 'std::unordered_map', 'LMDB', 'cdb', 'Tkrzw HashDBM']
of(name) = strcol('keys') eq kind && strcol('contender') eq name
set datafile separator ','
set terminal svg size 1500,550
set logscale xy
set xlabel 'entries'
set ylabel 'ns a find'
set key outside bottom center maxrows 3
set multiplot layout 1,3 title sprintf('Finds of %s keys', kind)
do for [column in 'hit_ns dependent_ns batch_ns'] {
    set title column noenhanced
    plot for [i = 1:|contenders|] table \
        using (of(contenders[i]) ? column('rows') : NaN):column \
        with linespoints title contenders[i]
}
unset multiplot
