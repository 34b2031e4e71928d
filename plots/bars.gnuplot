# Systems side by side, a panel beside the other.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
# Bars: mean, with its 95 % interval. Diamonds: the paper's values, on other hardware, so that the relation
# between the bars compares, not their height.
load "settings.gnuplot"
# Names of more than three stand in turn two lines lower.
rows = 0
do for [p = 1:panels] { if (int(value(sprintf("series_%d", p))) > 3) { rows = 2 } }
# The note has a line of its own above the panels.
notes = strlen(note) > 0 ? 1 : 0
height = 0.62 + 0.045 * (caveats + rows + notes)
load "style.gnuplot"
set style fill solid 0.85 border rgb ink
set boxwidth 0.62
unset key
below = (0.124 + 0.045 * (caveats + rows)) / height
above = (0.124 + 0.045 * notes) / height
set multiplot layout 1,panels margins 0.16,0.98,below,1 - above spacing 0.13,0
do for [p = 1:panels] {
  series = int(value(sprintf("series_%d", p)))
  n = series
  data = sprintf("panel-%d.dat", p)
  paper = sprintf("paper-%d.dat", p)
  # Of many panels each is narrow.
  set title value(sprintf("title_%d", p)) offset 0,-0.6 font (panels > 2 ? small : "")
  if (p == 1) { set ylabel value("ylabel_1") offset 0.6,0 } else { unset ylabel }
  # Room for the values above the bars. What is out of range does not count, so there is none yet.
  set xrange [*:*]
  set yrange [*:*]
  stats data using (valid(4) ? $4 : $2) nooutput
  top = STATS_max
  has_paper = int(value(sprintf("paper_points_%d", p))) > 0
  if (has_paper) { stats paper using 2 nooutput }
  # Bars of two set-ups stand apart, a place between them.
  gap = int(value(sprintf("gap_%d", p)))
  unset arrow
  if (gap >= 0) {
    set arrow from first gap, graph 0 to first gap, graph 1 nohead back lc rgb pale dt 2 lw 1
    n = n + 1
  }
  set xrange [-0.6:n - 0.4]
  set yrange [0:(STATS_max > top ? STATS_max : top) * 1.13]
  unset xtics
  set xtics () scale 0
  # A name may be of two words.
  do for [s = 1:series] {
    name = setting("label", p, s)
    name = words(name) > 1 ? word(name, 1)."\n".word(name, 2) : name
    set xtics add ((rows && int(setting("x", p, s)) % 2 == 1 ? "\n\n" : "").name setting("x", p, s))
  }
  if (p == 1) {
    set label 1 "Basis: ".bases.(strlen(paper_title) ? "      ◇ ".paper_title : "") \
      .(strlen(note) ? "\n".note : "") \
      at screen 0.5,1 - 0.028 / height center textcolor rgb ink
    do for [c = 1:caveats] {
      set label c + 1 value(sprintf("caveat_%d", c)) at screen 0.5, (0.045 * (caveats - c) + 0.025) / height \
        center textcolor rgb ink
    }
  } else { unset label }
  plot for [s = 1:series] data index (s - 1) using 1:2 with boxes lc rgb line_colour(p, s), \
       for [s = 1:series] data index (s - 1) using 1:3:(0):($4 - $3) \
         with vectors @interval lc rgb ink lw 1.2, \
       for [s = 1:series] data index (s - 1) using 1:(valid(4) ? $4 : $2):(sprintf("%.3g", $2)) \
         with labels offset 0,0.6 font small textcolor rgb ink, \
       for [i = 1:has_paper] paper using 1:2 with points pt 13 ps 0.9 * marker_scale lc rgb "#ffffff", \
       for [i = 1:has_paper] paper using 1:2 with points pt 12 ps 0.9 * marker_scale lc rgb "#777777" lw 1
}
unset multiplot
