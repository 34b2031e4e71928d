# Figure 5: goodput with one sealing and one opening thread in each gateway, a panel for each frame size.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
# Bars: mean, with its 95 % interval. Diamonds: the paper's values, on other hardware, so that the relation
# between the bars compares, not their height.
load "settings.gnuplot"
height = 0.62
load "style.gnuplot"
set style fill solid 0.85 border rgb ink
set boxwidth 0.62
unset key
set multiplot layout 1,panels margins 0.13,0.98,0.20,0.80 spacing 0.13,0
do for [p = 1:panels] {
  n = int(value(sprintf("series_%d", p)))
  data = sprintf("panel-%d.dat", p)
  paper = sprintf("paper-%d.dat", p)
  set title value(sprintf("title_%d", p)) offset 0,-0.6
  if (p == 1) { set ylabel value("ylabel_1") offset 1.2,0 } else { unset ylabel }
  # Room for the values above the bars. What is out of range does not count, so there is none yet.
  set xrange [*:*]
  set yrange [*:*]
  stats data using (valid(4) ? $4 : $2) nooutput
  top = STATS_max
  stats paper using 2 nooutput
  set xrange [-0.6:n - 0.4]
  set yrange [0:(STATS_max > top ? STATS_max : top) * 1.13]
  unset xtics
  set xtics () scale 0
  # A name may be of two words.
  do for [s = 1:n] {
    stats data index (s - 1) using 1 nooutput
    name = setting("label", p, s)
    name = words(name) > 1 ? word(name, 1)."\n".word(name, 2) : name
    set xtics add (name STATS_min)
  }
  if (p == 1) {
    set label 1 "Basis: ".bases.(strlen(paper_title) ? "      ◇ ".paper_title : "") \
      .(strlen(note) ? "\n".note : "") \
      at screen 0.5,0.96 center textcolor rgb ink
  } else { unset label 1 }
  plot for [s = 1:n] data index (s - 1) using 1:2 with boxes lc rgb line_colour(p, s), \
       for [s = 1:n] data index (s - 1) using 1:3:(0):($4 - $3) with vectors @interval lc rgb ink lw 1.2, \
       for [s = 1:n] data index (s - 1) using 1:(valid(4) ? $4 : $2):(sprintf("%.3g", $2)) \
         with labels offset 0,0.7 textcolor rgb ink, \
       paper using 1:2 with points pt 13 ps 0.9 * marker_scale lc rgb "#ffffff", \
       paper using 1:2 with points pt 12 ps 0.9 * marker_scale lc rgb "#777777" lw 1
}
unset multiplot
