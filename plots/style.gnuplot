# What all figures have in common. Loaded by each script after settings.gnuplot, which vpebench writes.
# Given: format (svg, pdf or png), output (a file), height (of the drawing, where its width is 1).
# A figure is 85 mm wide, as a column of a paper is: 510 points of the SVG, six a millimetre. Type is 7 pt.

set encoding utf8
set datafile missing "nan"
if (format eq "svg") set terminal svg size 510,510*height noenhanced \
  font "Helvetica,Arial,sans-serif,15" background "#ffffff" dashlength 0.7
if (format eq "pdf") set terminal pdfcairo size 3.35,3.35*height noenhanced font "Helvetica,7" fontscale 1 \
  linewidth 0.6 dashlength 0.6
if (format eq "png") set terminal pngcairo size 1020,1020*height noenhanced font "Helvetica,21" \
  linewidth 2 dashlength 0.7 background "#ffffff"
set output output
# Markers do not grow with a terminal's width of lines.
marker_scale = format eq "pdf" ? 0.65 : format eq "png" ? 1.8 : 1

# Type for what stands close together.
small = format eq "pdf" ? ",5.5" : format eq "png" ? ",16" : ",11"

# The palette of Okabe and Ito, which colour-blind readers can tell apart; no two systems have the same
# dashes and the same marker, so that a print in grey is enough. Of a filled marker, the number before is the
# open one.
array colour[25] = ["#0072b2", "#e69f00", "#d55e00", "#cc79a7", "#56b4e9", "#009e73", "#808080", \
  "#7a5195", "#a6761d", "#222222", "#66a61e", "#e7298a", "#1f3a93", "#7fb3d5", "#b15928", "#a52a2a", \
  "#2f4f4f", "#aa3377", "#117733", "#882255", "#44aa99", \
  "#332288", "#b2182b", "#01665e", "#999999"]
array filled[25] = [7, 5, 9, 13, 11, 15, 7, 9, 13, 5, 11, 15, 13, 5, 9, 7, 15, 11, 9, 5, 7, 11, 5, 15, 13]
array dashes[25] = [1, 2, 4, 3, 5, 2, 3, 1, 5, 1, 2, 3, 1, 4, 5, 5, 1, 4, 3, 5, 4, 3, 3, 5, 2]
ink = "#222222"
pale = "#b0b0b0"

set border 3 linecolor rgb ink
set tics nomirror textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
set title textcolor rgb ink
set key textcolor rgb ink samplen 2.2 spacing 1.05 width -1
set grid ytics linecolor rgb "#dddddd" linetype 1 linewidth 0.6
# A value of the paper.
diamond = "pt 12 ps 0.9 * marker_scale lc rgb pale lw 1.5"
# An interval, of vectors from its lower end; error bars would leave a gap around the mean.
interval = "heads size screen 0.006,90"

# The style of series s of panel p.
setting(name, p, s) = value(sprintf("%s_%d_%d", name, p, s))
line_colour(p, s) = colour[int(setting("style", p, s))]
line_dashes(p, s) = (int(dashes[int(setting("style", p, s))] - 1 + setting("variant", p, s)) % 5) + 1
# Capacity is filled, model open, measured an asterisk; where the basis is no matter, filled.
marker(p, s) = setting("basis", p, s) eq "measured" ? 3 \
  : filled[int(setting("style", p, s))] - (setting("basis", p, s) eq "model" ? 1 : 0)
# Of entry k of the key.
key(name, k) = value(sprintf("key_%s_%d", name, k))
key_colour(k) = colour[int(key("style", k))]
key_dashes(k) = (int(dashes[int(key("style", k))] - 1 + key("variant", k)) % 5) + 1
key_marker(k) = key("basis", k) eq "measured" ? 3 \
  : filled[int(key("style", k))] - (key("basis", k) eq "model" ? 1 : 0)
line_width(p, s) = setting("basis", p, s) eq "model" ? 0.9 : 1.6
basis_marker(basis) = basis eq "measured" ? 3 : basis eq "capacity" ? 7 : 6
# Of two series of bars beside each other: dark, light.
shade(s) = s == 1 ? "#4a9bd1" : "#d3e6f3"
