/// The page's style sheet: light or dark as the reader's system is, from 400 pixels of width, and for print.
enum HTMLStyle {
  static let sheet = """
    :root {
      --paper: #ffffff; --ink: #222222; --faint: #5c5c5c; --line: #dddddd; --wash: #f5f5f2;
      --good: #00694b; --bad: #a33c00; --open: #5c5c5c;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #16181a; --ink: #e6e4df; --faint: #a5a5a0; --line: #3a3d40; --wash: #1f2225;
        --good: #4fcca3; --bad: #ff9a66; --open: #b4b4ae;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
    }
    main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 .5rem; }
    h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
    h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
    h4 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
    p, ul { max-width: 46rem; }
    p, li, td, th, figcaption, summary { overflow-wrap: anywhere; }
    code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
    pre { background: var(--wash); padding: .75rem; overflow-x: auto; border-radius: 4px; }
    pre code { overflow-wrap: normal; }
    .table { overflow-x: auto; margin: 1rem 0; max-width: 100%; }
    table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
    caption { text-align: left; color: var(--faint); padding-bottom: .4rem; }
    /* A caption stays in sight while its table is scrolled. */
    caption { position: sticky; left: 0; max-width: min(46rem, calc(100vw - 2rem)); }
    th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0; }
    th { border-bottom: 2px solid var(--line); }
    td { border-bottom: 1px solid var(--line); }
    .table:not(.prose) td.number { text-align: right; white-space: nowrap; }
    .table:not(.prose) th, .table:not(.prose) td { overflow-wrap: normal; }
    .prose td { min-width: 5.5rem; }
    .prose th { overflow-wrap: normal; }
    .good { color: var(--good); font-weight: 600; }
    .bad { color: var(--bad); font-weight: 600; }
    .open { color: var(--open); }
    figure { margin: 1.5rem 0; max-width: 40rem; }
    figure svg { display: block; width: 100%; height: auto; }
    figcaption { color: var(--faint); font-size: .88rem; margin-top: .5rem; }
    summary { cursor: pointer; color: var(--faint); }
    details[open] { border-left: 3px solid var(--line); padding-left: .8rem; }
    /* gnuplot's own colours of paper, ink and grid follow the page; those of the systems stay. */
    figure svg > g > rect[fill="#ffffff"] { fill: var(--paper); }
    figure svg [fill="rgb(34,34,34)"], figure svg [fill="black"] { fill: var(--ink); }
    figure svg [stroke="rgb( 34,  34,  34)"] { stroke: var(--ink); }
    figure svg [stroke="rgb(221, 221, 221)"] { stroke: var(--line); }
    figure svg [color="black"] { color: var(--ink); }
    figure svg [color="#FFFFFF"] { color: var(--paper); }
    @media screen and (max-width: 640px) {
      body { font-size: 15px; }
      .table thead { display: none; }
      .table table, .table tbody, .table tr, .table caption { display: block; width: 100%; }
      .table tr { border-bottom: 2px solid var(--line); padding: .5rem 0; }
      .table td, .table:not(.prose) td.number {
        display: block; border: 0; padding: .15rem 0; text-align: left; overflow-wrap: anywhere;
      }
      .table td:empty { display: none; }
      .table td[data-label]::before {
        content: attr(data-label) ": "; color: var(--faint); font-weight: 400;
      }
    }
    @media print {
      :root {
        --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb; --wash: #ffffff;
        --good: #00694b; --bad: #a33c00; --open: #444444;
      }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      .table { overflow: visible; }
      table { font-size: 7.5pt; }
      figure, tr { break-inside: avoid; }
      h2, h3, h4 { break-after: avoid; }
    }
    """
}
