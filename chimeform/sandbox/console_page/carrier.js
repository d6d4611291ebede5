/* The carrier, who decides about orders of phone numbers. */

import { get, pathOf, post } from "./control.js";
import { byId, fillTable, label, make, moment } from "./elements.js";
import { addMessages, run } from "./forms.js";

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
    order.ProductType,
    [label(order.OnHold ? "On hold" : order.Status)],
    order.Outcomes.length ? [decide(id, order.Outcomes)] : "",
  ];
  return { key: id, cells };
}

function decide(id, outcomes) {
  const texts = { Processing: "Processing: hold it open" };
  const select = make(
    "select",
    { class: "small", "data-action": "choose", "aria-label": `Status of order ${id}` },
    ...outcomes.map((status) => make("option", { value: status }, texts[status] ?? status)),
  );
  select.value = "Successful";
  const set = make("button", { class: "small", "data-action": "set" }, "Set", make("span", { class: "unseen" }, ` the status of order ${id}`));
  const form = make("form", { class: "row" }, select, set);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const status = select.value;
    run(messages, async () => {
      await post(pathOf("carrier/orders", id), { status });
      return status === "Processing" ? `Order ${id} is held open.` : `Order ${id} is ${status}.`;
    });
  });
  return form;
}

export function start() {
  messages = addMessages(byId("orders-table"));
}
