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
  const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
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

function png(image, name) {
  const canvas = document.createElement("canvas");
  const scale = 3; // about 300 dots an inch
  canvas.width = image.naturalWidth * scale;
  canvas.height = image.naturalHeight * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  download(canvas.toDataURL("image/png"), name);
}

// Figures: enlarged in a dialog, which gives the focus back when it closes.

const dialog = document.querySelector("dialog");
const enlarged = dialog.querySelector("img");
const scrolled = dialog.querySelector(".enlarged");
dialog.querySelector("button").addEventListener("click", () => dialog.close());

for (const figure of document.querySelectorAll("figure")) {
  const image = figure.querySelector("img");
  const open = () => {
    enlarge.focus();
    enlarged.src = image.src;
    enlarged.alt = image.alt;
    dialog.showModal();
    scrolled.scrollTo(0, 0);
  };
  const enlarge = button("Enlarge", `Enlarge: ${image.alt}`, open);
  enlarge.setAttribute("aria-haspopup", "dialog");
  const name = figure.id || "figure";
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(
    enlarge,
    button("SVG", `SVG: ${image.alt}`, () => download(image.src, `${name}.svg`)),
    button("PNG", `PNG: ${image.alt}`, () => png(image, `${name}.png`)),
  );
  figure.append(tools);
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
