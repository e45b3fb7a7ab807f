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

// Everything shown can be taken along: a table as CSV, a figure as SVG and as PNG.

function button(text, label, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

function download(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

function csv(table) {
  const quoted = (text) => `"${text.trim().replaceAll('"', '""')}"`;
  const head = [...table.tHead.rows[0].cells].map((cell) => quoted(cell.textContent));
  const rows = [...table.tBodies[0].rows].filter((row) => row.checkVisibility());
  const lines = rows.map((row) => [...row.cells].map((cell) => quoted(cell.textContent)));
  return [head, ...lines].map((line) => line.join(",")).join("\r\n") + "\r\n";
}

// A long table has a field above it: only rows that hold all its words are shown.
const MANY = 12;

function filter(table, title) {
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Only rows with …";
  field.setAttribute("aria-label", `Show only rows with these words: ${title}`);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
  return field;
}

function show(field, words) {
  field.value = words;
  field.dispatchEvent(new Event("input"));
}

for (const region of document.querySelectorAll(".table")) {
  const table = region.querySelector("table");
  const title = table.caption.textContent;
  const tools = document.createElement("div");
  tools.className = "tools";
  if (table.tBodies[0].rows.length > MANY) {
    region.before(filter(table, title));
  }
  const save = () => {
    const file = new Blob(["\ufeff", csv(table)], { type: "text/csv" });
    const address = URL.createObjectURL(file);
    download(address, `${region.id}.csv`);
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  tools.append(button("CSV", `CSV: ${title}`, save));
  region.after(tools);
}

// A verdict's count shows the claims with this verdict.
for (const count of document.querySelectorAll("a[data-verdict]")) {
  count.addEventListener("click", () => {
    const field = document.querySelector("#claims").previousElementSibling;
    if (field?.type === "search") {
      show(field, count.dataset.verdict);
    }
  });
}

// A figure as a file of its own: with the shapes and styles that figures share, and the colours of paper.
function standalone(drawing) {
  const copy = drawing.cloneNode(true);
  const style = document.querySelector(".shapes style").cloneNode(true);
  const shapes = new Map();
  const add = (text) => {
    for (const [, name] of text.matchAll(/#(s\d+)/g)) {
      if (!shapes.has(name)) {
        const shape = document.getElementById(name);
        shapes.set(name, shape.cloneNode(true));
        add(shape.outerHTML); // a word refers to its letters
      }
    }
  };
  add(copy.outerHTML);
  add(style.textContent);
  const defs = document.createElementNS("http://www.w3.org/2000/svg", "defs");
  defs.append(style, ...shapes.values());
  copy.prepend(defs);
  copy.setAttribute("style", "stroke-linejoin: round");
  const text = new XMLSerializer().serializeToString(copy);
  const paper = text.replaceAll(/var\(--\w+, (#\w+)\)/g, "$1");
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(paper)}`;
}

function png(drawing, name) {
  const image = new Image();
  image.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    const scale = 3; // about 300 dots an inch
    canvas.width = image.naturalWidth * scale;
    canvas.height = image.naturalHeight * scale;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    download(canvas.toDataURL("image/png"), name);
  });
  image.src = standalone(drawing);
}

// Figures: enlarged in a dialog, which gives the focus back when it closes.

const dialog = document.querySelector("dialog");
const enlarged = dialog.querySelector(".enlarged");
dialog.querySelector("button").addEventListener("click", () => dialog.close());

for (const figure of document.querySelectorAll("figure")) {
  const drawing = figure.querySelector("svg");
  const said = drawing.getAttribute("aria-label");
  const open = () => {
    enlarge.focus();
    enlarged.replaceChildren(drawing.cloneNode(true));
    dialog.showModal();
    enlarged.scrollTo(0, 0);
  };
  const enlarge = button("Enlarge", `Enlarge: ${said}`, open);
  enlarge.setAttribute("aria-haspopup", "dialog");
  const name = figure.id || "figure";
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(
    enlarge,
    button("SVG", `SVG: ${said}`, () => download(standalone(drawing), `${name}.svg`)),
    button("PNG", `PNG: ${said}`, () => png(drawing, `${name}.png`)),
  );
  figure.append(tools);
  drawing.addEventListener("click", open);
}

// Compare: parts of figures and lines of tables that are of other activations than the chosen ones step
// back. A claim stays if it names one of them, a pair only if both are chosen.

const compare = document.querySelector("#compare");
const chosen = new Set();

function follow() {
  for (const name of compare.querySelectorAll("button")) {
    name.ariaPressed = chosen.has(name.value);
  }
  for (const part of document.querySelectorAll("[data-of]")) {
    const names = part.dataset.of.split(" ");
    const one = chosen.size < 2 || part.closest(".claims");
    const shown = one ? names.some((name) => chosen.has(name)) : names.every((name) => chosen.has(name));
    part.classList.toggle("other", chosen.size > 0 && !shown);
  }
}

// The address holds what is looked at and what was chosen: #depth&compare=relu,tanh.
const COMPARE = "compare=";

function parts() {
  return location.hash.slice(1).split("&").map(decodeURIComponent);
}

function keep(place) {
  const choice = chosen.size ? [COMPARE + [...chosen].map(encodeURIComponent).join(",")] : [];
  history.replaceState(null, "", `#${[place, ...choice].filter(Boolean).join("&")}`);
}

function place() {
  return parts().find((part) => !part.startsWith(COMPARE)) ?? "";
}

if (compare) {
  compare.hidden = false;
  for (const name of compare.querySelectorAll("button")) {
    name.addEventListener("click", () => {
      chosen.delete(name.value) || chosen.add(name.value);
      keep(place());
      follow();
    });
  }
}

// Take the choice from the address. An address without one keeps what was chosen.
function choose() {
  const choice = parts().find((part) => part.startsWith(COMPARE));
  if (compare && choice) {
    const known = [...compare.querySelectorAll("button")].map((name) => name.value);
    const names = choice.slice(COMPARE.length).split(",").filter((name) => known.includes(name));
    chosen.clear();
    names.forEach((name) => chosen.add(name));
    follow();
  } else if (chosen.size) {
    keep(place());
  }
}

// A link to something that is folded opens what folds it.
function reveal() {
  choose();
  const target = document.getElementById(place());
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === "DETAILS") {
      at.open = true;
    }
  }
  if (target?.hidden) {
    show(target.closest(".table").previousElementSibling, "");
  }
  target?.scrollIntoView();
}
addEventListener("hashchange", reveal);
if (location.hash) {
  reveal();
}
