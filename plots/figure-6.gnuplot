# Figure 6: goodput of ESP and VPE against the threads of a gateway.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Threads of a gateway, both directions together"
point_size = 0.8
range_from_zero = 1
set xrange [0:*]
load "lines.gnuplot"
