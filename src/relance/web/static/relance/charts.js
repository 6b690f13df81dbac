// Draws every <figure data-chart="{…}">. The data is plain: {kind, categories, series: [{name, values, colour}], unit}.
// Kinds: bar, stacked, line, area, interval (values: [low, point, high]). Load with vendor/echarts.min.js.
"use strict";
const COLOURS = {
  primary: "#1f5f5b", azure: "#4299e1", green: "#2f9e5b", yellow: "#e0a800", orange: "#ea7a1c", red: "#d03b3b",
  purple: "#8e5bb5", secondary: "#8a9894",
};
const PALETTE = Object.values(COLOURS);
const language = document.documentElement.lang;

function written(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "points") {  // a difference of two shares, from -1 to 1
    const points = new Intl.NumberFormat(language, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
    return `${points.format(100 * value)}\u202f${language === "fr" ? "pt" : "pts"}`;
  }
  const options = unit === "percent" ? { style: "percent", maximumFractionDigits: 1 }
    : unit && unit.length === 3 && unit === unit.toUpperCase() ? { style: "currency", currency: unit, maximumFractionDigits: 0 }
    : { maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, options).format(value);
}

function seriesOf(data) {
  return data.series.map((one, index) => {
    const colour = COLOURS[one.colour] ?? one.colour ?? PALETTE[index % PALETTE.length];
    const base = { name: one.name, itemStyle: { color: colour }, emphasis: { focus: "series" } };
    if (data.kind === "line" || data.kind === "area")
      return { ...base, type: "line", data: one.values, smooth: false, showSymbol: one.values.length < 40, lineStyle: { color: colour, width: 2 },
        areaStyle: data.kind === "area" ? { color: colour, opacity: 0.15 } : undefined, stack: data.kind === "area" ? "all" : undefined };
    if (data.kind === "interval")
      return { ...base, type: "custom", data: one.values.map((v, i) => [...v, i]), encode: { x: [0, 1, 2], y: 3 }, renderItem: drawInterval(colour) };
    return { ...base, type: "bar", data: one.values, stack: data.kind === "stacked" ? "all" : undefined, barMaxWidth: 36 };
  });
}

function drawInterval(colour) {
  return (params, api) => {
    const [low, point, high] = [0, 1, 2].map((n) => api.coord([api.value(n), api.value(3)]));
    return { type: "group", children: [
      { type: "line", shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: { stroke: colour, lineWidth: 3 } },
      { type: "circle", shape: { cx: point[0], cy: point[1], r: 6 }, style: { fill: colour } },
    ] };
  };
}

function optionsOf(data) {
  const horizontal = data.horizontal || data.kind === "interval";
  const names = { type: "category", data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: "#c6d0cb" } }, inverse: horizontal, axisLabel: { color: "#566360", hideOverlap: true } };
  const values = { type: "value", axisLabel: { color: "#566360", formatter: (v) => written(v, data.unit), hideOverlap: true }, splitLine: { lineStyle: { color: "#e8edea" } }, min: data.min, max: data.max };
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    grid: { left: 4, right: 16, top: data.series.length > 1 ? 36 : 12, bottom: 4, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, left: 0, icon: "circle", itemWidth: 10, textStyle: { color: "#33403d" }, type: "scroll" } : undefined,
    tooltip: { trigger: data.kind === "interval" ? "item" : "axis", renderMode: "richText", confine: true, axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
      valueFormatter: (v) => written(Array.isArray(v) ? v[1] : v, data.unit) },
    xAxis: horizontal ? values : names,
    yAxis: horizontal ? names : values,
    series: seriesOf(data),
  };
}

function draw(root) {
  for (const figure of root.querySelectorAll("[data-chart]")) {
    if (echarts.getInstanceByDom(figure)) continue;
    const data = JSON.parse(figure.dataset.chart);
    const chart = echarts.init(figure, null, { renderer: "canvas" });
    chart.setOption(optionsOf(data));
    if (data.hrefs) chart.on("click", (event) => { const to = data.hrefs[event.dataIndex]; if (to) window.location.assign(to); });
    new ResizeObserver(() => chart.resize()).observe(figure);
  }
}
document.addEventListener("DOMContentLoaded", () => draw(document));
document.addEventListener("htmx:afterSwap", (event) => draw(event.detail.target));
