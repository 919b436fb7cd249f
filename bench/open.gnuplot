set terminal svg size 800,500 noenhanced
set datafile separator ','
set key top left
set logscale x 2
set yrange [0:*]
set xlabel 'image, MiB'
set ylabel 'open, us'
set title 'Time to open an image over its size'
plot table using 'image_mib':'open_us' with linespoints title 'libshm', \
     '' using 'image_mib':'map_alone_us' with linespoints title 'open and mmap alone'
