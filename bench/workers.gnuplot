array forms[4] = ['libshm image', 'LMDB', 'absl map of the parent', 'absl map of each']
set terminal svg size 800,500 noenhanced
set datafile separator ','
set datafile missing NaN
set key top left
set yrange [0:*]
set xrange [0:9]
set xlabel 'workers'
set ylabel 'PSS of all workers and their parent, MiB'
set title 'Memory of forked workers that share a table'
plot for [i = 1:|forms|] table \
    using (strcol('form') eq forms[i] ? column('workers') : NaN):'pss_mib' \
    with linespoints title forms[i]
