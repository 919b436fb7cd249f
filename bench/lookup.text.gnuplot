kind = 'text'
load folder.'/lookup.gnuplot'
