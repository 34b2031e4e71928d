# Figure 5: goodput with one sealing and one opening thread in each gateway, 64 and 1420 bytes.
# usage: gnuplot -e "summary='results/figure-5/latest/summary.csv'" plots/figure-5.gnuplot > figure-5.svg
# Bars: mean, with its 95 % confidence interval. Diamonds: the paper's values (Pfeiffer et al., ARES 2020), on
# two Xeon E5-2698 v4; other hardware, so the relation between the bars compares, not their height.

if (!exists("summary")) summary = "results/figure-5/latest/summary.csv"
set terminal svg size 720,330 dynamic font "Helvetica,13" background rgb "white"
set datafile separator ","
set style fill solid 0.85
set boxwidth 0.6
set border 3 lc rgb "#444444"
set tics nomirror
set grid ytics lc rgb "#dddddd"
set xrange [-0.6:2.6]
set key off
set bmargin 3.5

# Columns: 1 case, 2 system, 5 frame_bytes, 8 basis, 9 metric, 10 mean, 11 ci95_low, 12 ci95_high, 17 valid
place(system) = system eq "ipsec-secgw" ? 0 : system eq "esp-single" ? 1 : system eq "vpe" ? 2 : NaN
colour(system) = system eq "vpe" ? 0x0072B2 : 0xE69F00
mine(bytes, c) = strcol(9) eq "goodput_gbps" && $5 == bytes && strcol(17) eq "true" \
  && place(strcol(2)) >= 0 ? column(c) : NaN
# An interval is missing where there was one sample only; the bar then has none.
end(bytes, c) = strlen(strcol(c)) ? mine(bytes, c) : mine(bytes, 10)
set xtics ("ESP\n(DPDK)" 0, "ESP" 1, "VPE" 2)

basis = system("awk -F, '$9 == \"goodput_gbps\" && $2 == \"vpe\" { print $8; exit }' ".summary)
set multiplot layout 1,2 title "Goodput, one thread a direction (basis: ".basis."; ◇ the paper's values)"
$paper << END
64,ipsec-secgw,1.91
64,esp-single,2.29
64,vpe,2.32
1420,ipsec-secgw,18.09
1420,esp-single,19.28
1420,vpe,19.50
END
do for [bytes in "64 1420"] {
  set title bytes." byte frames"
  set ylabel bytes eq "64" ? "Gbit/s" : ""
  set yrange [0:*]
  plot summary every ::1 using (place(strcol(2))):(mine(bytes + 0, 10)):(colour(strcol(2))) \
          with boxes lc rgb variable, \
       '' every ::1 using (place(strcol(2))):(mine(bytes + 0, 10)):(end(bytes + 0, 11)):(end(bytes + 0, 12)) \
          with yerrorbars lc rgb "#222222" ps 0 lw 1.5, \
       '' every ::1 using (place(strcol(2))):(end(bytes + 0, 12)):(sprintf("%.1f", mine(bytes + 0, 10))) \
          with labels offset 0,0.7, \
       $paper using (place(strcol(2))):($1 == bytes + 0 ? $3 : NaN) with points pt 12 ps 1.4 lc rgb "#555555"
}
unset multiplot
