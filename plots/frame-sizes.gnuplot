# Goodput against the frame's size.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Frame with its check sequence, bytes"
point_size = 0.8
range_from_zero = 1
load "lines.gnuplot"
