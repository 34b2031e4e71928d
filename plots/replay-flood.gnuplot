# Goodput of honest traffic, as a multiple of that without an attacker, against the attacker's packets.
# `vpebench plot RUN-DIR` runs it; see style.gnuplot for what it is given.
load "settings.gnuplot"
xlabel = "Replays beside 100 packets"
point_size = 0.7
range_from_zero = 1
load "lines.gnuplot"
