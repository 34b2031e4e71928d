# Figure 7: cost of sealing a packet against its length.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Length of the inner IP packet, bytes"
point_size = 0.5
range_from_zero = 0
load "lines.gnuplot"
