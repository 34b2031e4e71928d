# Cost of sealing and opening against the number of tunnels (security associations) in use.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Tunnels in use"
point_size = 0.7
range_from_zero = 1
set logscale x 10
load "lines.gnuplot"
