# Curves, a panel above the other. `vpebench plot RUN-DIR` runs it: reads settings.gnuplot, panel-N.dat and
# paper-N.dat, which it writes (PlotData.swift).
load "settings.gnuplot"

# The key: the series of all panels, the bases, the paper; in two columns where titles are short.
entries = keys + words(bases) + (strlen(paper_title) > 0)
longest = strlen(paper_title)
do for [k = 1:keys] {
  length = strlen(value(sprintf("key_title_%d", k)))
  longest = length > longest ? length : longest
}
columns = longest > 14 ? 1 : 2

# In hundredths of the width: a panel with its title above and its scale below, the key, the label, and what
# capacities leave out.
panel_height = 54
key_height = 5 * ceil(entries / (1.0 * columns))
total = panels * panel_height + key_height + 6 + 4.5 * caveats
height = total / 100.0
load "style.gnuplot"
if (x_is_logarithmic) {
  set logscale x 10
  set autoscale xfix
}
if (x_tics > 0) { set xtics x_tics }

set multiplot
set lmargin at screen 0.16
set rmargin at screen x_is_logarithmic ? 0.93 : 0.955
do for [p = 1:panels] {
  # From above: the key, then the panels; each leaves room for its title.
  top = 1 - (key_height + (p - 1) * panel_height + 6.5) / total
  set tmargin at screen top
  set bmargin at screen top - (panel_height - 14.0) / total
  set title value(sprintf("title_%d", p)) offset 0,-0.6
  set ylabel value(sprintf("ylabel_%d", p)) offset 0.5,0
  if (p == panels) { set xlabel xlabel offset 0,0.4 } else { unset xlabel }
  if (p == 1) {
    do for [c = 1:caveats] {
      set label c value(sprintf("caveat_%d", c)) at screen 0.5, screen (4.5 * (caveats - c) + 2.5) / total \
        center textcolor rgb ink
    }
    set key at screen 0.56, screen 1 - 0.5/total center top horizontal maxcols columns
  } else {
    unset key
    unset label
  }
  unset arrow
  unset object
  marks = value(sprintf("marks_%d", p))
  levels = int(value(sprintf("levels_%d", p)))
  shade = value(sprintf("shade_%d", p))
  if (words(shade) == 2) {
    set object 1 rectangle from real(word(shade, 1)), graph 0 to real(word(shade, 2)), graph 1 behind \
      fillcolor rgb "#eeeeee" fillstyle solid noborder
  }
  # In proportion to threads is a straight line, and so is what grows with less.
  is_relative = int(value(sprintf("is_relative_%d", p)))
  if (is_relative) { set logscale xy 2 }
  is_difference = int(value(sprintf("is_difference_%d", p)))
  if (is_difference) {
    set arrow from graph 0, first 0 to graph 1, first 0 nohead back lc rgb ink lw 0.8
  }
  # Long numbers leave no room for the label: 400k.
  set xrange [*:*]
  set yrange [*:*]
  stats sprintf("panel-%d.dat", p) using 2 nooutput
  if (STATS_max >= 1e5) { set format y "%.0s%c" } else { set format y "%h" }
  # Of an interval that reaches beyond the axis, what lies within.
  is_decades = int(value(sprintf("is_decades_%d", p)))
  if (is_decades) {
    set logscale y 10
    set clip two
  }
  eval "set xrange [".value(sprintf("xrange_%d", p))."]"
  eval "set yrange [".value(sprintf("yrange_%d", p))."]"
  do for [mark in marks] {
    set arrow from real(mark), graph 0 to real(mark), graph 1 nohead back lc rgb pale dt 2 lw 1
  }
  do for [l = 1:levels] {
    level = setting("level_y", p, l)
    set arrow from graph 0, first level to graph 1, first level nohead back lc rgb pale dt 2 lw 1
  }
  n = int(value(sprintf("series_%d", p)))
  data = sprintf("panel-%d.dat", p)
  paper = sprintf("paper-%d.dat", p)
  has_points = int(value(sprintf("paper_points_%d", p)))
  # The last of the paper's points says whose they are: where levels are named at the left, to its right.
  if (has_points) {
    last_x = setting("paper_x", p, has_points)
    last_y = setting("paper_y", p, has_points)
    last_name = setting("paper_name", p, has_points)
    if (is_relative) {
      set label 200 last_name at last_x, last_y left offset 0.9,-0.2 textcolor rgb ink
    } else {
      set label 200 last_name at last_x, last_y right offset -0.9,0.5 textcolor rgb ink
    }
  }
  # What the paper states may lie above all else.
  if (levels > 0 && !is_relative) {
    set yrange [*:*]
    stats data using 2 nooutput
    above = STATS_max
    do for [l = 1:levels] { above = setting("level_y", p, l) > above ? setting("level_y", p, l) : above }
    set yrange [0:above * 1.08]
  }
  # Where there is room beside a level, its name: below it, unless the axis is there.
  do for [l = 1:levels] {
    level = setting("level_y", p, l)
    name = "paper: ".setting("level_name", p, l)
    if (is_relative) {
      set label 100 + l name at graph 0.02, first level left offset 0,0.5 textcolor rgb ink
    } else {
      set label 100 + l name at graph 0.99, first level right \
        offset 0,(level > 0.12 * above ? -0.5 : 0.5) textcolor rgb ink
    }
  }
  # Wide intervals of a few places must not hide what the others say.
  if (is_difference) {
    stats data using 2 nooutput
    pad = STATS_max > STATS_min ? 0.1 * (STATS_max - STATS_min) : 1
    eval sprintf("set yrange [%g:%g]", STATS_min - pad, STATS_max + pad)
  }
  if (is_dense) {
    plot for [s = 1:n] data index (s - 1) using 1:3:4 with filledcurves \
           fs transparent solid 0.2 noborder lc rgb line_colour(p, s) notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with lines \
           lc rgb line_colour(p, s) dt line_dashes(p, s) lw 1.2 notitle, \
         for [k = 1:keys] keyentry with lines lc rgb key_colour(k) dt key_dashes(k) lw 1.2 \
           title key("title", k), \
         keyentry with lines lc rgb pale dt 2 lw 1 title (words(marks) ? paper_title : "")
  } else {
    plot for [i = 1:is_relative && has_points > 1] paper using 1:2 with lines lc rgb pale dt 2 lw 1 notitle, \
         for [i = 1:has_points > 0] paper using 1:2 with points @diamond notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with lines \
           lc rgb line_colour(p, s) dt line_dashes(p, s) lw line_width(p, s) notitle, \
         for [s = 1:n] data index (s - 1) using 1:2 with points \
           lc rgb line_colour(p, s) pt marker(p, s) ps point_size * marker_scale lw 1 notitle, \
         for [s = 1:n] data index (s - 1) using 1:3:(0):($4 - $3) with vectors @interval \
           lc rgb line_colour(p, s) lw 1 notitle, \
         for [k = 1:keys] keyentry with linespoints lc rgb key_colour(k) dt key_dashes(k) lw 1.6 \
           pt key_marker(k) ps point_size * marker_scale title key("title", k), \
         for [basis in bases] keyentry with points \
           lc rgb "#808080" pt basis_marker(basis) ps point_size * marker_scale title basis, \
         keyentry with points @diamond title (has_points ? paper_title : ""), \
         keyentry with lines lc rgb pale dt 2 lw 1 title (words(marks) ? paper_title : "")
  }
  if (is_relative) { unset logscale }
  if (is_decades) {
    unset logscale y
    unset clip
  }
}
unset multiplot
