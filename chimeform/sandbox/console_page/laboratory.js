/* Clock, faults, calls and reset. */

import { get, post, remove } from "./control.js";
import { byId, fillTable, make, moment } from "./elements.js";
import { confirm, onSubmit, readNumber, run } from "./forms.js";

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export async function show() {
  const [clock, faults, calls, known] = await Promise.all([get("clock"), get("faults"), get("calls"), get("operations")]);
  byId("clock-now").replaceWith(Object.assign(moment(clock.now), { id: "clock-now" }));
  byId("clock-ahead").textContent = inWords(clock.offset_seconds);
  fillTable(byId("faults-table"), faults.map(describeFault));
  fillTable(
    byId("calls-table"),
    Object.entries(calls).map(([operation, count]) => ({ key: operation, cells: [operation, String(count)] })),
  );
  byId("calls-total").textContent = String(Object.values(calls).reduce((sum, count) => sum + count, 0));
  offerFaults(known);
}

function describeFault(fault, index) {
  const details = { latency: `${fault.latency_ms} ms`, error: fault.error, partial: fault.code };
  const cells = [
    fault.operation === "*" ? "Every operation" : fault.operation,
    fault.kind,
    String(fault.rate),
    fault.times === null ? "without end" : String(fault.times),
    details[fault.kind] ?? "",
    String(fault.hits),
  ];
  return { key: String(index), cells };
}

function offerFaults({ Operations, Batches, FaultKinds }) {
  const select = byId("fault-operation");
  if (select.options.length > 1) return;
  byId("fault-kind").append(...FaultKinds.map((kind) => make("option", { value: kind }, kind)));
  showFieldsOf(byId("fault-kind").value);
  const name = (operation) => (Batches.includes(operation) ? `${operation} (batch)` : operation);
  select.append(...Operations.map((operation) => make("option", { value: operation }, name(operation))));
}

/** What a kind of fault does; one that is not here is known to the sandbox alone. */
const KINDS = {
  throttle: "Answered with 429; nothing happens.",
  error: "Answered with an error, 500 or another; nothing happens.",
  latency: "The answer comes later.",
  drop_response: "The call takes effect and is not answered.",
  partial: "Some items of a batch fail, the others take effect.",
  stale: "The voice service does not see what is younger than a minute.",
};

/** Such as "7 days 1 hour"; "0 seconds" for none. */
function inWords(seconds) {
  let rest = Math.round(seconds);
  const parts = [];
  for (const [name, length] of UNITS) {
    const number = Math.floor(rest / length);
    rest -= number * length;
    if (number) parts.push(`${number} ${name}${number === 1 ? "" : "s"}`);
  }
  return parts.join(" ") || "0 seconds";
}

async function advance(seconds) {
  const { now } = await post("clock", { advance_seconds: seconds });
  return `It is ${moment(now).textContent} now.`;
}

function readFault({ operation, kind, rate, times, latency_ms, error, code }) {
  const own = { latency: { latency_ms: readNumber(latency_ms) }, error: { error }, partial: { code } };
  return { operation, kind, rate: readNumber(rate), times: readNumber(times), ...own[kind] };
}

function showFieldsOf(kind) {
  byId("kind-hint").textContent = KINDS[kind] ?? "";
  for (const field of document.querySelectorAll("[data-kind]")) field.hidden = field.dataset.kind !== kind;
}

export function start() {
  const messages = onSubmit(byId("form-clock"), ({ amount, unit }) => {
    const number = readNumber(amount);
    return advance(typeof number === "number" ? number * Number(unit) : number);
  });
  for (const button of document.querySelectorAll("[data-seconds]")) {
    button.addEventListener("click", () => run(messages, () => advance(Number(button.dataset.seconds))));
  }
  onSubmit(byId("form-fault"), async (fields) => {
    const faults = await post("faults", [readFault(fields)]);
    return `The fault is in force; there are ${faults.length} now.`;
  });
  byId("fault-kind").addEventListener("change", ({ target }) => showFieldsOf(target.value));
  onSubmit(byId("form-clear"), async () => {
    await remove("faults");
    return "No fault is in force.";
  });
  onSubmit(byId("form-reset"), async () => {
    const agreed = await confirm({
      title: "Reset the sandbox?",
      lines: ["Every account, user, number, order, fault and call is forgotten.", "This cannot be undone."],
      yes: "Reset",
    });
    if (!agreed) return null;
    await post("reset");
    return "The sandbox is empty.";
  });
}
