# What each step saves, a bar below the other, each from where the one before has ended; those below the line
# begin at 0. `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
# Dark and upper: the first series; light and lower: the second. Panels beside each other have one scale.
load "settings.gnuplot"
lines = ceil(panels / real(columns))
# In hundredths of the width: a bar, a panel's title and scale, the key above all, the label below.
bar_height = 3.2
panel_height = bars * bar_height + 9
total = lines * panel_height + 16
height = total / 100.0
load "style.gnuplot"
set style fill solid 1 border rgb ink
unset grid
set grid xtics linecolor rgb "#dddddd" linetype 1 linewidth 0.6
left = 0.33
gap = 0.04
width = (0.975 - left - gap * (columns - 1)) / columns
# The next 1, 2, 5 or 10.
power(x) = 10 ** floor(log10(x))
step(x) = power(x) * (x <= power(x) ? 1 : x <= 2 * power(x) ? 2 : x <= 5 * power(x) ? 5 : 10)
set multiplot
do for [p = 1:panels] {
  column = (p - 1) % columns
  line = (p - 1) / columns
  if (column == 0) {
    least = 0
    most = 0
    # What is out of range does not count, so there is none yet.
    set xrange [*:*]
    set yrange [*:*]
    do for [q = p:(p + columns - 1 < panels ? p + columns - 1 : panels)] {
      stats sprintf("panel-%d.dat", q) using (valid(3) && $3 < $2 ? $3 : $2) nooutput
      if (STATS_min < least) { least = STATS_min }
      stats sprintf("panel-%d.dat", q) using (valid(4) && $4 > $2 ? $4 : $2) nooutput
      if (STATS_max > most) { most = STATS_max }
    }
    span = most > least ? most - least : 1
    set ytics () scale 0
    do for [b = 1:bars] { set ytics add (value(sprintf("bar_%d", b)) 1 - b) }
  } else {
    unset ytics
  }
  set xrange [least - 0.05 * span:most + 0.05 * span]
  set yrange [-bars + 0.4:0.6]
  set xtics step(span / 3.0) offset 0,0.4 scale 0.5
  top = 1 - (16 + line * panel_height) / total
  set lmargin at screen left + column * (width + gap)
  set rmargin at screen left + column * (width + gap) + width
  set tmargin at screen top
  set bmargin at screen top - bars * bar_height / total
  set title value(sprintf("title_%d", p)) offset 0,-0.7
  if (p == 1) {
    set label 1 xlabel at screen left + (0.975 - left) / 2, screen 2 / total center textcolor rgb ink
    set key at screen 0.975, screen 1 - 0.3 / total right top
  } else {
    unset label
    unset key
  }
  unset arrow
  set arrow from 0, graph 0 to 0, graph 1 nohead front lc rgb ink lw 0.8
  set arrow from graph 0, first 0.5 - steps to graph 1, first 0.5 - steps nohead back lc rgb pale dt 2
  n = int(value(sprintf("series_%d", p)))
  data = sprintf("panel-%d.dat", p)
  plot for [s = 1:n] data index (s - 1) \
         using (($2 + $5) / 2):(-$1):2:5:(-$1 + (s == 1 ? 0 : -0.4)):(-$1 + (s == 1 ? 0.4 : 0)) \
         with boxxyerror lc rgb shade(s) lw 0.5 title setting("title", p, s), \
       for [s = 1:n] data index (s - 1) using 3:(-$1 + (s == 1 ? 0.2 : -0.2)):($4 - $3):(0) \
         with vectors heads size screen 0.005,90 lc rgb ink lw 1.2 notitle
}
unset multiplot
