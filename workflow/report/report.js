"use strict";

// Tables: a button in each column's head sorts by it.

// The first number in a text; "−" is the minus of the report, "< 0.001" stands before 0.001.
function number(text) {
  const found = text.replaceAll("−", "-").match(/[+-]?\d+(\.\d+)?(e[+-]?\d+)?/);
  return found ? Number(found[0]) - (text.startsWith("<") ? 1e-9 : 0) : NaN;
}

// What stands before the first number; a column in which it is the same everywhere holds numbers.
function prefix(text) {
  return text.match(/^[^\d<+−-]*/)[0];
}

function sort(table, column, direction) {
  const body = table.tBodies[0];
  const text = (row) => row.cells[column].textContent.trim();
  const missing = (row) => text(row).startsWith("–");
  const known = [...body.rows].filter((row) => !missing(row));
  const numeric =
    new Set(known.map((row) => prefix(text(row)))).size < 2 &&
    known.every((row) => !Number.isNaN(number(text(row))));
  const compare = numeric
    ? (a, b) => number(text(a)) - number(text(b))
    : (a, b) => text(a).localeCompare(text(b), "en", { numeric: true });
  known.sort((a, b) => direction * compare(a, b));
  body.append(...known, ...[...body.rows].filter(missing)); // where there is no value: last
}

for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const ascending = head.ariaSort !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sort(table, column, ascending ? 1 : -1);
    });
  });
}

// Figures: enlarged in a dialog, which gives the focus back when it closes.

const dialog = document.querySelector("dialog");
const enlarged = dialog.querySelector("img");
const scrolled = dialog.querySelector(".enlarged");
dialog.querySelector("button").addEventListener("click", () => dialog.close());

for (const figure of document.querySelectorAll("figure")) {
  const image = figure.querySelector("img");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Enlarge";
  button.setAttribute("aria-label", `Enlarge: ${image.alt}`);
  button.setAttribute("aria-haspopup", "dialog");
  figure.append(button);
  const open = () => {
    button.focus();
    enlarged.src = image.src;
    enlarged.alt = image.alt;
    dialog.showModal();
    scrolled.scrollTo(0, 0);
  };
  button.addEventListener("click", open);
  image.addEventListener("click", open);
}

// A link to something that is folded opens what folds it.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") {
      at.open = true;
    }
  }
  target?.scrollIntoView();
}
addEventListener("hashchange", reveal);
if (location.hash) {
  reveal();
}
