/* The carrier and support, who decide about orders and ports of phone numbers. */

import { get, pathOf, post } from "./control.js";
import { byId, fillTable, label, make, moment } from "./elements.js";
import { addMessages, onSubmit, readWords, run } from "./forms.js";

let messages = null;

export async function show() {
  const { Orders } = await get("carrier/orders");
  fillTable(byId("orders-table"), Orders.map(describe));
}

function describe(order) {
  const id = order.PhoneNumberOrderId;
  const numbers = order.OrderedPhoneNumbers.map(({ E164PhoneNumber, Status }) =>
    make("li", {}, make("code", {}, E164PhoneNumber), " ", make("small", {}, Status)),
  );
  const cells = [
    [make("span", {}, make("code", {}, id), make("br"), make("small", {}, moment(order.CreatedTimestamp)))],
    [make("ul", { class: "bare" }, ...numbers)],
    order.OrderType === "Porting" ? `Port, ${order.ProductType}` : order.ProductType,
    [label(order.OnHold ? "On hold" : order.Status), ...(order.FocDate ? [make("small", {}, ` on ${order.FocDate.slice(0, 10)}`)] : [])],
    order.Outcomes.length ? [decide(id, order.Outcomes)] : "",
  ];
  return { key: id, cells };
}

/** The form of a row: which status, for FOC also the date, which the service sets a week ahead when it is left out. */
function decide(id, outcomes) {
  const select = make(
    "select",
    { class: "small", "data-action": "choose", "aria-label": `Status of order ${id}` },
    ...outcomes.map((status) => make("option", { value: status }, status)),
  );
  if (!outcomes.includes("FOC")) select.value = "Successful";
  const date = make("input", { type: "date", class: "small", "aria-label": `FOC date of order ${id}`, hidden: true });
  const about = make("span", { class: "unseen" }, ` the status of order ${id}`);
  const form = make("form", { class: "row" }, select, date, make("button", { class: "small", "data-action": "set" }, "Set", about));
  select.addEventListener("change", () => {
    date.hidden = select.value !== "FOC";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(messages, () => setStatus(id, select.value, date.value));
  });
  return form;
}

async function setStatus(id, status, date) {
  await post(pathOf("carrier/orders", id), status === "FOC" && date ? { status, foc_date: date } : { status });
  return status === "Processing" ? `Order ${id} is held open.` : `Order ${id} is ${status}.`;
}

export function start() {
  messages = addMessages(byId("orders-table"));
  onSubmit(byId("form-port"), async ({ numbers, product_type }) => {
    const { PhoneNumberOrder } = await post("carrier/orders", { numbers: readWords(numbers), product_type });
    byId("port-numbers").value = "";
    return `Port ${PhoneNumberOrder.PhoneNumberOrderId} is ${PhoneNumberOrder.Status}.`;
  });
  onSubmit(byId("form-provision"), async ({ numbers }) => {
    const { PhoneNumberOrder } = await post("carrier/numbers", { numbers: readWords(numbers) });
    byId("provision-numbers").value = "";
    return `Order ${PhoneNumberOrder.PhoneNumberOrderId} is ${PhoneNumberOrder.Status}.`;
  });
}
