// The month by keyboard: arrows go from day to day and week to week, Home and End to the ends of the month.
"use strict";
document.addEventListener("keydown", (event) => {
  const here = event.target.closest?.("[data-day]");
  if (!here || event.altKey || event.ctrlKey || event.metaKey) return;
  const days = [...document.querySelectorAll("[data-day]")];
  const at = days.indexOf(here);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - 7, ArrowDown: at + 7, Home: 0, End: days.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  days[Math.min(Math.max(to, 0), days.length - 1)].focus();
});
