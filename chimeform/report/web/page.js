"use strict";
// Everything is on the page already; this only hides what was not asked for, and copies commands.
const form = document.querySelector("#filters");
const wanted = document.querySelector("#wanted");
const choices = [...form.querySelectorAll("select")];
const count = document.querySelector("#count");
const said = document.querySelector("#said");
const groups = [...document.querySelectorAll("[data-group]")].map((element) => ({
  element,
  items: [...element.querySelectorAll("[data-has]")].map((item) => ({
    element: item,
    has: item.dataset.has.split(" "),
    text: "", // read when somebody searches for the first time
  })),
}));
const total = groups.reduce((sum, group) => sum + group.items.length, 0);

function fits(item, tokens, words) {
  if (!tokens.every((token) => item.has.includes(token))) return false;
  if (words.length > 0 && item.text === "") item.text = item.element.textContent.toLowerCase();
  return words.every((word) => item.text.includes(word));
}

function show() {
  const tokens = choices.map((choice) => choice.value).filter(Boolean);
  const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of groups) {
    let here = 0;
    for (const item of group.items) {
      const isHidden = !fits(item, tokens, words);
      if (item.element.hidden !== isHidden) item.element.hidden = isHidden;
      here += isHidden ? 0 : 1;
    }
    group.element.hidden = here === 0;
    shown += here;
  }
  const isFiltered = tokens.length > 0 || words.length > 0;
  count.textContent = isFiltered ? `${shown} of ${total} shown` : `${total} shown`;
}

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    said.textContent = "Copied.";
    button.dataset.copied = "";
  } catch {
    // a page from a file or without the permission: the person's own keys do it
    getSelection().selectAllChildren(code);
    said.textContent = "Selected; copy it with the keyboard.";
  }
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(show)); // the fields are empty only after the event
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
form.hidden = total === 0;
show(); // a browser may have kept what was typed before a reload
document.documentElement.dataset.ready = "";
