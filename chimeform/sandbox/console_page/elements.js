/* Making elements and filling tables. Values become text nodes and attributes, never markup. */

export const byId = (id) => document.getElementById(id);

/** A new element. `attributes` that are null or false are left out; children are elements or texts. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A status as a small label; its tone never says more than its words. */
export function label(text) {
  const tones = {
    good: ["Verified", "Registered", "Successful", "Acquired", "Unassigned", "Assigned"],
    waiting: [
      ...["Pending verification", "Invitation open", "Processing", "Unregistered", "On hold"],
      ...["Submitted", "PendingDocuments", "ChangeRequested", "FOC", "CancelRequested"],
    ],
    bad: ["Suspended", "Released", "Failed", "Partial", "Exception", "Cancelled"],
  };
  const tone = Object.keys(tones).find((name) => tones[name].includes(text)) ?? "plain";
  return make("span", { class: `label ${tone}` }, text);
}

/** A time stamp of the service as people read it, in UTC. */
export function moment(stamp) {
  if (!stamp) return "";
  const text = stamp.replace("T", " ").replace(/\.\d+/, "").replace(/Z$/, " UTC");
  return make("time", { datetime: stamp }, text);
}

/** A button of a table's row. `name` is what it does, `about` what it does it to, for those who hear it alone. */
export function rowButton(name, about, act, { dangerous = false } = {}) {
  return make(
    "button",
    { type: "button", class: dangerous ? "small dangerous" : "small", "data-action": name, onclick: act },
    name,
    make("span", { class: "unseen" }, ` ${about}`),
  );
}

/**
 * Show `rows` of `{key, cells}`; a cell is a text, an element or a list of them. The first cell names its row.
 * Whoever stood on a button of the table stands on it again, or on what is nearest when it is gone.
 */
export function fillTable(table, rows) {
  const body = table.tBodies[0];
  const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const place = placeIn(body);
  const lines = rows.map(({ key, cells }) => makeRow(key, cells, titles));
  if (lines.length === 0) {
    const cell = make("td", { role: "cell", colspan: titles.length, class: "empty" }, table.dataset.empty);
    lines.push(make("tr", { role: "row" }, cell));
  }
  // What did not change stays, so that a button is not replaced under somebody's finger.
  if (lines.length === body.rows.length && lines.every((line, index) => line.isEqualNode(body.rows[index]))) return;
  body.replaceChildren(...lines);
  if (place !== null) returnTo(place, body);
}

/** Narrow screens show a table as a list of cards; the roles keep it a table for screen readers. */
export function giveRoles(table) {
  table.setAttribute("role", "table");
  for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
  table.tHead.rows[0].setAttribute("role", "row");
  for (const cell of table.tHead.rows[0].cells) cell.setAttribute("role", "columnheader");
}

function makeRow(key, cells, titles) {
  const made = cells.map((cell, index) =>
    make(
      index === 0 ? "th" : "td",
      {
        role: index === 0 ? "rowheader" : "cell",
        scope: index === 0 && "row",
        class: cell === "" && "blank",
        "data-title": titles[index],
      },
      ...(Array.isArray(cell) ? cell : [make("span", {}, cell ?? "")]),
    ),
  );
  return make("tr", { role: "row", "data-key": key }, ...made);
}

function placeIn(body) {
  const active = document.activeElement;
  const row = body.contains(active) ? active.closest("tr") : null;
  return row && { key: row.dataset.key, action: active.dataset.action, index: row.sectionRowIndex };
}

function returnTo({ key, action, index }, body) {
  const rows = [...body.rows];
  const row = rows.find((each) => each.dataset.key === key) ?? rows[Math.min(index, rows.length - 1)];
  const same = [...row.querySelectorAll("[data-action]")].find((each) => each.dataset.action === action);
  const target = same ?? row.querySelector("button, select, a") ?? body.closest("section").querySelector("h2");
  if (target.matches("h2")) target.tabIndex = -1;
  target.focus();
}
