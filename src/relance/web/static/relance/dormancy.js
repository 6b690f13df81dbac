// The slider of a threshold, its line on the curve, and the source of a policy.
"use strict";
(() => {
  // --- slider -----------------------------------------------------------------------------------------------------
  function slide(form) {
    const range = form.querySelector("input[type=range]"), typed = form.querySelector("input[type=number]");
    const figure = document.querySelector("#curve [data-chart]");
    const mark = () => {
      const chart = figure && window.echarts?.getInstanceByDom(figure);
      if (!chart) return;
      const { step, tried } = JSON.parse(figure.dataset.chart);
      chart.setOption({ series: [{ id: "cursor", markLine: { label: { show: true, formatter: tried, position: "insideEndBottom", fontSize: 11, color: "#1d2b2a" }, data: [{ xAxis: Math.round(Number(typed.value) / step) }] } }] });
    };
    range.addEventListener("input", () => { typed.value = range.value; mark(); });
    typed.addEventListener("input", () => { if (typed.value !== "") { range.value = typed.value; mark(); } });
    typed.value = range.value = range.dataset.begins;
    mark();
  }

  // --- source -----------------------------------------------------------------------------------------------------
  function write(form) {
    const { EditorView, basicSetup, yaml, linter, lintGutter } = window.codemirror;
    const area = form.querySelector("textarea"), notes = document.getElementById("source-notes");
    const word = document.getElementById("word-line").content.textContent;
    const say = (problems) => notes.replaceChildren(...problems.map((one) => {
      const item = document.createElement("li"), line = document.createElement("strong");
      line.textContent = `${word} ${one.line}`;
      item.append(line, ` ${one.sentence}`);
      return item;
    }));
    let first = true;
    const checked = linter(async (view) => {
      const body = new FormData();
      body.set("text", view.state.doc.toString());
      const answer = await fetch(form.dataset.check, { method: "POST", body, headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value } });
      if (!answer.ok || answer.redirected) return [];
      const { problems } = await answer.json();
      if (!first || problems.length) say(problems);
      first = false;
      return problems.map((one) => {
        const line = view.state.doc.line(Math.min(Math.max(1, one.line), view.state.doc.lines));
        return { from: line.from, to: line.to, severity: "error", message: one.sentence };
      });
    }, { delay: 400 });
    // In a shadow tree the editor's styles are adopted sheets, which the page's policy lets pass; a <style> it would not.
    const host = area.parentElement.insertBefore(document.createElement("div"), area), root = host.attachShadow({ mode: "open" });
    host.className = "dormancy-code";
    const look = EditorView.theme({
      "&": { fontSize: "14px", minHeight: "24rem" }, "&.cm-focused": { outline: "2px solid #1f5f5b", outlineOffset: "-2px" },
      ".cm-scroller": { fontFamily: "ui-monospace, Menlo, Consolas, monospace", lineHeight: "1.55" },
      ".cm-gutters": { background: "#f5f7f5", color: "#566360", borderRight: "1px solid #dde4e0" },
    });
    const label = EditorView.contentAttributes.of({ "aria-label": form.querySelector("label").textContent });
    const view = new EditorView({ doc: area.value, parent: root, root, extensions: [basicSetup, yaml(), lintGutter(), checked, label, look, EditorView.lineWrapping] });
    area.hidden = true;
    form.addEventListener("submit", () => { area.value = view.state.doc.toString(); });
  }

  // --- the sum of points, as they are typed -------------------------------------------------------------------------
  function sum(form) {
    const shown = document.getElementById("points-most");
    const count = () => { shown.textContent = [...form.querySelectorAll("[data-points]")].reduce((all, one) => all + (Number(one.value) || 0), 0); };
    form.addEventListener("input", count);
    count();
  }

  window.addEventListener("load", () => {  // after the charts are drawn
    const slider = document.querySelector("form.threshold"), source = document.querySelector("form.dormancy-source"), edited = document.querySelector("form.dormancy-edit");
    if (slider) slide(slider);
    if (source && window.codemirror) write(source);
    if (edited) sum(edited);
  });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "some-people") event.detail.target.scrollIntoView({ block: "nearest" }); });
})();
