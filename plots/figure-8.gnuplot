# Figure 8: cost of sealing a packet against extra headroom in its buffer.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Extra headroom, bytes"
point_size = 0.5
range_from_zero = 0
set xtics 8
load "lines.gnuplot"
