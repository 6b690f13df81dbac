// Draws every <figure data-chart="{…}">. The data is plain: {kind, categories, series: [{name, values, colour}], unit}; `named`: the page
// tells the series itself, no legend is drawn.
// Kinds: bar, stacked, line, area, interval (values: [low, point, high]), sankey, calibration, band and evidence (see below). Load with vendor/echarts.min.js.
"use strict";
const COLOURS = {
  primary: "#1f5f5b", azure: "#4299e1", green: "#2f9e5b", yellow: "#e0a800", orange: "#ea7a1c", red: "#d03b3b",
  purple: "#8e5bb5", secondary: "#8a9894", slate: "#5c7080", brown: "#a5702f",
};
const PALETTE = Object.values(COLOURS);
const language = document.documentElement.lang;

function written(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "points") {  // a difference of two shares, from -1 to 1
    const points = new Intl.NumberFormat(language, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
    return `${minus(points.format(100 * value))}\u202f${language === "fr" ? "pt" : "pts"}`;
  }
  const options = unit === "percent" ? { style: "percent", maximumFractionDigits: 1 }
    : unit && unit.length === 3 && unit === unit.toUpperCase() ? { style: "currency", currency: unit, maximumFractionDigits: 0 }
    : { maximumFractionDigits: 1 };
  return minus(new Intl.NumberFormat(language, options).format(value));
}

// The minus sign of the pages, where the browser writes a hyphen.
const minus = (text) => text.replace("-", "\u2212");

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

// Flows from the states of then (left) to those of now (right): {nodes: [{name, label, colour}], links: [{source, target, value}]}.
function sankeyOf(data) {
  const called = Object.fromEntries(data.nodes.map((node) => [node.name, node.label]));
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    tooltip: { renderMode: "richText", confine: true, formatter: (one) => one.dataType === "edge"
      ? `${called[one.data.source]} → ${called[one.data.target]}: ${written(one.data.value)}` : `${called[one.name]}: ${written(one.value)}` },
    series: [{
      type: "sankey", left: 4, right: 4, top: 8, bottom: 8, nodeWidth: 14, nodeGap: 12, layoutIterations: 0, draggable: false,
      data: data.nodes.map((node) => ({ name: node.name, depth: node.depth, itemStyle: { color: COLOURS[node.colour] ?? node.colour },
        label: { position: node.depth ? "left" : "right" } })),
      links: data.links,
      lineStyle: { color: "source", opacity: 0.3, curveness: 0.5 },
      emphasis: { focus: "adjacency" },
      label: { color: "#33403d", formatter: (one) => called[one.name], textBorderColor: "#fff", textBorderWidth: 3 },
    }],
  };
}

// What was said against what came true, with its interval, about the diagonal where both agree: {series: [{name, colour, points: [{said, seen, low, high}]}]}.
function calibrationOf(data) {
  const most = Math.min(1, 1.1 * Math.max(0.05, ...data.series.flatMap((one) => one.points.flatMap((p) => [p.said, p.high]))));
  const axis = (name, place) => ({ type: "value", min: 0, max: most, name, nameLocation: "middle", nameGap: place, nameTextStyle: { color: "#566360" },
    axisLabel: { color: "#566360", formatter: (v) => written(v, "percent"), hideOverlap: true, showMaxLabel: false }, splitLine: { lineStyle: { color: "#e8edea" } } });
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    grid: { left: 24, right: 16, top: 36, bottom: 24, containLabel: true },
    legend: { top: 0, left: 0, icon: "circle", itemWidth: 10, textStyle: { color: "#33403d" }, data: data.series.map((one) => one.name) },
    tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: (one) => Array.isArray(one.value)
      ? `${one.seriesName}: ${written(one.value[0], "percent")} → ${written(one.value[1], "percent")} (${written(one.value[2], "percent")}–${written(one.value[3], "percent")})` : "" },
    xAxis: axis(data.said, 30),
    yAxis: axis(data.seen, 44),
    series: [
      { type: "line", name: "", data: [[0, 0], [most, most]], symbol: "none", silent: true, lineStyle: { color: "#8a9894", type: "dashed", width: 1 }, tooltip: { show: false } },
      ...data.series.map((one, index) => {
        const colour = COLOURS[one.colour] ?? PALETTE[index % PALETTE.length];
        return { type: "custom", name: one.name, itemStyle: { color: colour }, encode: { x: 0, y: 1 }, clip: true,
          data: one.points.map((p) => [p.said, p.seen, p.low, p.high]), renderItem: drawCalibrated(colour) };
      }),
    ],
  };
}

function drawCalibrated(colour) {
  return (params, api) => {
    const [point, low, high] = [1, 2, 3].map((n) => api.coord([api.value(0), api.value(n)]));
    return { type: "group", children: [
      { type: "line", shape: { x1: low[0], y1: low[1], x2: high[0], y2: high[1] }, style: { stroke: colour, lineWidth: 2, opacity: 0.6 } },
      { type: "circle", shape: { cx: point[0], cy: point[1], r: 5 }, style: { fill: colour } },
    ] };
  };
}

// A line with its interval, by day: {axis, step, categories, series: [{name, values, low, high, colour}], marks: [{day, name, colour}]}. The series
// `cursor` is for a line that a page moves.
function bandOf(data) {
  const [one] = data.series, colour = COLOURS[one.colour], unseen = { type: "line", symbol: "none", silent: true, stack: "band", lineStyle: { opacity: 0 } };
  const marks = data.marks.map((mark) => ({ xAxis: Math.round(mark.day / data.step), label: { formatter: mark.name, color: "#33403d" },
    lineStyle: { color: COLOURS[mark.colour], type: "dashed", width: 1.5 } }));
  const share = (v) => written(v, data.unit);
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    grid: { left: 4, right: 16, top: 16, bottom: 24, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "line" }, formatter: ([first]) => { const i = first.dataIndex;
      return `${data.categories[i]} ${data.axis}\n${one.name}: ${share(one.values[i])} (${share(one.low[i])}–${share(one.high[i])})`; } },
    xAxis: { type: "category", data: data.categories, boundaryGap: false, name: data.axis, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: "#566360" },
      axisTick: { show: false }, axisLine: { lineStyle: { color: "#c6d0cb" } }, axisLabel: { color: "#566360", hideOverlap: true, interval: data.every ? (i) => i * data.step % data.every === 0 : "auto" } },
    yAxis: { type: "value", min: data.min, axisLabel: { color: "#566360", formatter: share, hideOverlap: true }, splitLine: { lineStyle: { color: "#e8edea" } } },
    series: [
      { ...unseen, data: one.low },
      { ...unseen, data: one.high.map((high, i) => (high === null ? null : high - one.low[i])), areaStyle: { color: colour, opacity: 0.18 } },
      { type: "line", name: one.name, data: one.values, symbol: "none", itemStyle: { color: colour }, lineStyle: { color: colour, width: 2 },
        markLine: { symbol: "none", silent: true, label: { position: "insideEndTop", fontSize: 11 }, data: marks } },
      { id: "cursor", type: "line", data: [], markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: "#1d2b2a", type: "solid", width: 2 }, data: [] } },
    ],
  };
}

// Evidence as a share of what stops, over time: {said, limit, lines: [[[time, share, text]…]], marks: [{at, name, colour}]}; a line for each watch.
function evidenceOf(data) {
  const most = Math.max(1.1, ...data.lines.flat().map((point) => point[1]));
  const marks = data.marks.map((mark) => ({ xAxis: mark.at, label: { formatter: mark.name, color: "#33403d", ...(mark.colour === "red" ? { position: "end" } : {}) }, lineStyle: { color: COLOURS[mark.colour], type: "dashed", width: 1.5 } }));
  const limit = { yAxis: 1, label: { formatter: data.limit, position: "insideStartTop", color: COLOURS.red, fontWeight: 600 }, lineStyle: { color: COLOURS.red, type: "solid", width: 1.5 } };
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    grid: { left: 4, right: 16, top: 24, bottom: 4, containLabel: true },
    tooltip: { trigger: "item", renderMode: "richText", confine: true, formatter: (one) => one.value[2] },
    xAxis: { type: "time", min: (v) => Math.min(v.min, ...data.marks.map((mark) => Date.parse(mark.at))), max: (v) => Math.max(v.max, ...data.marks.map((mark) => Date.parse(mark.at))) + 0.03 * (v.max - v.min),
      axisTick: { show: false }, axisLine: { lineStyle: { color: "#c6d0cb" } }, axisLabel: { color: "#566360", hideOverlap: true } },
    yAxis: { type: "value", min: 0, max: Math.ceil(most * 10) / 10, axisLabel: { color: "#566360", formatter: (v) => written(v, "percent"), hideOverlap: true }, splitLine: { lineStyle: { color: "#e8edea" } } },
    series: data.lines.map((line, index) => ({ type: "line", name: data.said, data: line, symbolSize: 6, showSymbol: line.length < 60, itemStyle: { color: COLOURS.primary },
      lineStyle: { color: COLOURS.primary, width: 2 }, areaStyle: { color: COLOURS.primary, opacity: 0.1 },
      markLine: index ? undefined : { symbol: "none", silent: true, label: { position: "insideEndTop", fontSize: 11 }, data: [limit, ...marks] } })),
  };
}

function optionsOf(data) {
  if (data.kind === "evidence") return evidenceOf(data);
  if (data.kind === "sankey") return sankeyOf(data);
  if (data.kind === "band") return bandOf(data);
  if (data.kind === "calibration") return calibrationOf(data);
  const horizontal = data.horizontal || data.kind === "interval";
  const narrow = horizontal && window.innerWidth < 600 ? { width: 120, overflow: "break", fontSize: 11, lineHeight: 13 } : {};  // else long names leave a phone's chart no room
  const names = { type: "category", data: data.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: "#c6d0cb" } }, inverse: horizontal, axisLabel: { color: "#566360", hideOverlap: true, showMaxLabel: horizontal ? undefined : true, ...narrow } };
  const values = { type: "value", name: data.axis, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: "#566360" }, axisLabel: { color: "#566360", formatter: (v) => written(v, data.unit), hideOverlap: true }, splitLine: { lineStyle: { color: "#e8edea" } }, min: data.min, max: data.max };
  return {
    textStyle: { fontFamily: "Inter, system-ui, sans-serif" },
    aria: { enabled: true },
    animation: false,
    grid: { left: 4, right: 16, top: data.series.length > 1 && !data.named ? 36 : 12, bottom: data.axis && horizontal ? 24 : 4, containLabel: true },
    legend: data.series.length > 1 && !data.named ? { top: 0, left: 0, icon: "circle", itemWidth: 10, textStyle: { color: "#33403d" }, type: "scroll" } : undefined,
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
