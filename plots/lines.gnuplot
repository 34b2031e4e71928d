# Curves, a panel above the other. Loaded by the scripts of figures, which set: xlabel, point_size,
# range_from_zero and what of the axes is their own. Reads panel-N.dat and paper-N.dat (see PlotData.swift).

# The key has two columns: the series of the first panel, the bases, the paper.
entries = words(bases) + (strlen(paper_title) > 0)
do for [s = 1:int(series_1)] { entries = entries + (strlen(value(sprintf("title_1_%d", s))) > 0) }

# In hundredths of the width: a panel with its title above and its scale below, the key, and the label.
panel_height = 54
key_height = 5 * ceil(entries / 2.0)
total = panels * panel_height + key_height + 6
height = total / 100.0
load "style.gnuplot"

set multiplot
set lmargin at screen 0.16
set rmargin at screen 0.955
do for [p = 1:panels] {
  # From above: the key, then the panels; each leaves room for its title.
  top = 1 - (key_height + (p - 1) * panel_height + 6.5) / total
  set tmargin at screen top
  set bmargin at screen top - (panel_height - 14.0) / total
  set title value(sprintf("title_%d", p)) offset 0,-0.6
  set ylabel value(sprintf("ylabel_%d", p)) offset 0.8,0
  if (p == panels) { set xlabel xlabel offset 0,0.4 } else { unset xlabel }
  if (p == 1) {
    set key at screen 0.56, screen 1 - 0.5/total center top horizontal maxcols 2
  } else { unset key }
  unset arrow
  marks = value(sprintf("marks_%d", p))
  levels = value(sprintf("levels_%d", p))
  do for [mark in marks] {
    set arrow from real(mark), graph 0 to real(mark), graph 1 nohead back lc rgb pale dt 2 lw 1
  }
  do for [level in levels] {
    set arrow from graph 0, first real(level) to graph 1, first real(level) nohead back lc rgb pale dt 2 lw 1
  }
  n = int(value(sprintf("series_%d", p)))
  data = sprintf("panel-%d.dat", p)
  paper = sprintf("paper-%d.dat", p)
  has_points = int(value(sprintf("paper_points_%d", p)))
  # What the paper states may lie above all else.
  # Nothing drawn here can be negative, though an interval of few samples may claim so.
  if (range_from_zero) { set yrange [0:*] } else { set yrange [0 < *:*] }
  if (words(levels) > 0) {
    set yrange [*:*]
    stats data using 2 nooutput
    above = STATS_max
    do for [level in levels] { if (real(level) > above) { above = real(level) } }
    set yrange [0:above * 1.08]
  }
  if (is_dense) {
    plot for [s = 1:n] data index (s - 1) using 1:3:4 with filledcurves \
           fs transparent solid 0.2 noborder lc rgb line_colour(p, s) notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with lines \
           lc rgb line_colour(p, s) dt line_dashes(p, s) lw 1.2 title setting("title", p, s), \
         keyentry with lines lc rgb pale dt 2 lw 1 title (words(marks) ? paper_title : "")
  } else {
    plot for [i = 1:has_points > 0] paper using 1:2 with points @diamond notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with lines \
           lc rgb line_colour(p, s) dt line_dashes(p, s) lw line_width(p, s) notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with points \
           lc rgb line_colour(p, s) pt marker(p, s) ps point_size * marker_scale lw 1 notitle, \
         for [s = 1:n] data index (s - 1) using 1:3:(0):($4 - $3) with vectors @interval \
           lc rgb line_colour(p, s) lw 1 notitle, \
         for [s = 1:n] keyentry with linespoints lc rgb line_colour(p, s) dt line_dashes(p, s) lw 1.6 \
           pt marker(p, s) ps point_size * marker_scale title setting("title", p, s), \
         for [basis in bases] keyentry with points \
           lc rgb "#808080" pt basis_marker(basis) ps point_size * marker_scale title basis, \
         keyentry with points @diamond title (has_points ? paper_title : ""), \
         keyentry with lines lc rgb pale dt 2 lw 1 title (words(marks) ? paper_title : "")
  }
}
unset multiplot
