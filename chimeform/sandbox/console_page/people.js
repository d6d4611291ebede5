/* The invitee and the newcomer. */

import { get, post } from "./control.js";
import { byId, fillTable, label, make, moment, rowButton } from "./elements.js";
import { addMessages, onSubmit, readLines, run } from "./forms.js";

const PAGE = 50;
let messages = null;
let wanted = PAGE;

export async function show(accountId) {
  await offerAccounts(accountId);
  const chosen = Object.entries(Object.fromEntries(new FormData(byId("form-people")))).filter(([, value]) => value !== "");
  const found = await get(`people?${new URLSearchParams([...chosen, ["MaxResults", wanted]])}`);
  fillTable(byId("people-table"), found.People.map(describe));
  const shown = found.People.length;
  byId("people-count").textContent = shown < found.Total ? `${shown} of ${found.Total} people` : `People: ${found.Total}`;
  byId("people-more").hidden = found.NextToken === null;
}

async function offerAccounts(accountId) {
  const select = byId("people-account");
  const { Accounts } = await get("accounts");
  const before = accountId ?? select.value;
  select.replaceChildren(
    make("option", { value: "" }, "All accounts"),
    ...Accounts.map(({ AccountId, Name }) => make("option", { value: AccountId }, Name)),
  );
  select.value = Accounts.some(({ AccountId }) => AccountId === before) ? before : "";
}

function describe(person) {
  const who = person.PrimaryEmail ?? person.DisplayName ?? person.UserId;
  const accept = rowButton("Accept", `the invitation of ${who}`, () => run(messages, () => acceptAs(person.PrimaryEmail)));
  const cells = [
    make("strong", {}, who),
    person.AccountName,
    [label(person.IsInvited ? "Invitation open" : person.Status)],
    person.LicenseType,
    moment(person.RegisteredOn ?? person.InvitedOn),
    person.IsInvited ? [accept] : "",
  ];
  return { key: person.UserId, cells };
}

async function acceptAs(email) {
  const { User } = await post("people/accept", { email });
  return `${User.PrimaryEmail} is registered with the licence ${User.LicenseType}.`;
}

async function signUp({ email, all, groups }) {
  const asked = all === undefined ? { email, groups: readLines(groups) } : { email };
  const { User } = await post("people/register", asked);
  return User === null
    ? `${email} has a free profile now; no account has claimed the domain.`
    : `${User.PrimaryEmail} is registered with the licence ${User.LicenseType}.`;
}

export function start() {
  messages = addMessages(byId("people-table"));
  onSubmit(byId("form-accept"), async ({ email }) => {
    const said = await acceptAs(email);
    byId("form-accept").reset();
    return said;
  });
  onSubmit(byId("form-register"), async (fields) => {
    const said = await signUp(fields);
    byId("register-email").value = "";
    return said;
  });
  byId("register-all").addEventListener("change", ({ target }) => {
    byId("register-some").hidden = target.checked;
  });
  // Choosing is no action: the view is read anew, and an address of one account alone is left.
  onSubmit(byId("form-people"), async () => {
    wanted = PAGE;
    if (location.hash !== "#/people") history.replaceState(null, "", "#/people");
    return null;
  });
  byId("people-more").addEventListener("click", () => {
    wanted += PAGE;
    run(messages, async () => null);
  });
}
