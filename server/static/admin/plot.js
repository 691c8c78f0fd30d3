// How every plot looks: the colours of the page, quiet axes, no logo.

export const OPTIONS = { responsive: true, displaylogo: false, displayModeBar: false };

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    accent: of("accent"),
    good: of("good"),
    warn: of("warn"),
    ink: of("ink"),
    soft: of("ink-soft"),
    faint: of("ink-faint"),
    line: of("line"),
    raised: of("raised"),
  };
}

export function layout(x, y) {
  const { soft, ink, line, raised } = colours();
  const size = parseFloat(getComputedStyle(document.body).fontSize);
  const named = (text) => ({ text, font: { size: size * 0.92, color: soft } });
  const font = { color: soft, size: size * 0.92, family: getComputedStyle(document.body).fontFamily };
  const axis = { gridcolor: line, linecolor: line, zeroline: false, rangemode: "tozero" };
  return {
    font,
    autosize: true,
    margin: { l: size * 4, r: size, t: size * 2.4, b: size * 3.4 },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    xaxis: { ...axis, title: named(x.title), tickformat: x.format },
    yaxis: { ...axis, title: named(y), tickformat: ".2~%" },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    hovermode: "x unified",
    hoverlabel: { bgcolor: raised, bordercolor: line, font: { ...font, color: ink } },
  };
}
