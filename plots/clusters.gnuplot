# Bars of systems side by side at each place on the x axis. `vpebench plot RUN-DIR` runs it; see style.gnuplot
# for what it is given.
# Series come in pairs, one for each system: dark, in front; light, behind it, which is never lower.
load "settings.gnuplot"
height = 0.66
load "style.gnuplot"
set boxwidth 0.8 / columns * 0.9 absolute
set style fill solid 0.9 border rgb ink
set xlabel xlabel
set ylabel ylabel_1 offset 0.6,0
set xrange [-0.6:bars - 0.4]
set yrange [0:*]
set xtics () scale 0
do for [b = 1:bars] { set xtics add (value(sprintf("bar_%d", b)) b - 1) }
set key outside top center horizontal
set label 1 "Basis: ".bases at graph 0.99, graph 0.96 right textcolor rgb ink font small
n = int(series_1)
data = "panel-1.dat"
plot for [s = 2:n:2] data index (s - 1) using 1:2 with boxes fs solid 0.3 border rgb ink \
       lc rgb line_colour(1, s) notitle, \
     for [s = 1:n:2] data index (s - 1) using 1:2 with boxes fs solid 0.9 border rgb ink \
       lc rgb line_colour(1, s) title setting("title", 1, s), \
     for [s = 1:n] data index (s - 1) using 1:3:(0):($4 - $3) \
       with vectors @interval lc rgb ink lw 1.2 notitle
