/* What every action has in common: one at a time, the result said beside it, the view read anew, consent asked for. */

import { byId, make } from "./elements.js";

let refresh = async () => {};

/** `read` reads the shown view anew after every action. */
export function refreshWith(read) {
  refresh = read;
}

/** The two lines below a form or table: what was done, and what was refused. Both are announced when they change. */
export function addMessages(place) {
  const said = make("p", { class: "said", role: "status" });
  const refused = make("p", { class: "refused", role: "alert" });
  place.after(said, refused);
  return {
    clear() {
      said.replaceChildren();
      refused.replaceChildren();
    },
    say(text) {
      this.clear();
      said.append(text);
    },
    refuse(error) {
      this.clear();
      refused.append(...describe(error));
    },
  };
}

/** The refusal as nodes: the service's code, its sentence, the HTTP status. */
export function describe(error) {
  if (error.code === undefined) throw error; // no refusal, but a defect of this page: the browser's console shows it
  const status = error.status ? [" ", make("span", { class: "http" }, `(HTTP ${error.status})`)] : [];
  return [make("code", {}, error.code), " ", error.message, ...status];
}

/** Do `act`, which gives the sentence to say or null when it was called off, and read the view anew. */
export async function run(messages, act) {
  messages.clear();
  try {
    const said = await act();
    await refresh();
    if (said) messages.say(said);
  } catch (error) {
    messages.refuse(error);
  }
}

/** Run `act(fields)` when the form is sent, by its button or by Enter. A second one waits for the first to end. */
export function onSubmit(form, act) {
  const messages = addMessages(form);
  form.noValidate = true; // the service itself says what is wrong, in its own words
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    try {
      await run(messages, () => act(Object.fromEntries(new FormData(form))));
    } finally {
      busy = false;
      form.removeAttribute("aria-busy");
    }
  });
  return messages;
}

/** Ask for consent in a dialog that Escape closes; true for yes. The focus goes back to where it was. */
export function confirm({ title, lines, yes }) {
  const dialog = byId("confirm");
  byId("confirm-title").textContent = title;
  byId("confirm-lines").replaceChildren(...lines.map((line) => make("li", {}, line)));
  byId("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  byId("confirm-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

byId("confirm-no").addEventListener("click", () => byId("confirm").close(""));
byId("confirm-yes").addEventListener("click", () => byId("confirm").close("yes"));

/** A number as it was typed: undefined for nothing, the text itself for what is none, which the service refuses. */
export function readNumber(text) {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** The words of a text that commas, spaces or new lines separate. */
export const readWords = (text) => text.split(/[\s,;]+/).filter((word) => word !== "");

/** The lines of a text, without empty ones. */
export const readLines = (text) => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
