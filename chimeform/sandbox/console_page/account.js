/* One account: what an administrator does to it in the console. */

import { countUsers } from "./accounts.js";
import { get, pathOf, post, put, remove } from "./control.js";
import { byId, fillTable, label, make, moment, rowButton } from "./elements.js";
import { addMessages, confirm, onSubmit, readWords, run } from "./forms.js";

let account = null;
let messages = {};
const below = (...parts) => pathOf("console/accounts", account.AccountId, ...parts);

export async function show(accountId) {
  const isOther = account === null || account.AccountId !== accountId;
  account = await get(pathOf("console/accounts", accountId));
  if (isOther) forget();
  for (const place of document.querySelectorAll("[data-account]")) {
    place.textContent = account[place.dataset.account];
  }
  byId("account-people").href = `#/people/${encodeURIComponent(accountId)}`;
  byId("directory-now").textContent = account.DirectoryId ?? "none";
  showFacts();
  fillTable(byId("domains-table"), account.Domains.map(describeDomain));
  fillTable(byId("keys-table"), account.AccessKeys.map(describeKey));
  fillTable(byId("groups-table"), account.Groups.map(describeGroup));
}

/** Another account: nothing of the last one stays in the forms; what is set already is filled in. */
function forget() {
  for (const form of document.querySelectorAll("#view-account form")) form.reset();
  for (const each of Object.values(messages)) each.clear();
  byId("key-shown").hidden = true;
  byId("key").value = "";
  byId("okta-issuer").value = account.Okta?.Issuer ?? "";
  byId("okta-client").value = account.Okta?.ClientId ?? "";
  byId("directory-id").value = account.DirectoryId ?? "";
  byId("meeting-regions").value = (account.Meetings.Regions ?? []).join(", ");
  byId("slack").checked = account.Meetings.SlackSignIn ?? false;
}

function showFacts() {
  const facts = {
    "Account ID": make("code", {}, account.AccountId),
    Type: label(account.AccountType),
    "Default licence": account.DefaultLicense,
    "Supported licences": account.SupportedLicenses.join(", "),
    Users: countUsers(account.Users),
    Rooms: String(account.Rooms),
    Bots: String(account.Bots),
  };
  byId("account-facts").replaceChildren(
    ...Object.entries(facts).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
}

function describeDomain({ Domain, Status, TxtRecord }) {
  const verify = rowButton("Verify", Domain, () =>
    run(messages.domains, async () => {
      await post(below("domains"), { domain: Domain, verified: true });
      return `${Domain} is verified.`;
    }),
  );
  const release = rowButton("Release", Domain, () => run(messages.domains, () => releaseDomain(Domain, Status)), {
    dangerous: true,
  });
  const record = [make("code", {}, TxtRecord.Name), " ", make("code", {}, TxtRecord.Value)];
  const buttons = Status === "Verified" ? [release] : [verify, release];
  const cells = [make("strong", {}, Domain), [label(Status)], [make("span", {}, ...record)], [make("span", { class: "row" }, ...buttons)]];
  return { key: Domain, cells };
}

async function releaseDomain(domain, status) {
  const agreed = await confirm({
    title: `Release ${domain}?`,
    lines: status === "Verified" ? listConsequences(domain) : ["The claim was never verified: nothing else changes."],
    yes: "Release domain",
  });
  if (!agreed) return null;
  await remove(below("domains", domain));
  return `${domain} is released.`;
}

/** [guide: Deleting your account] */
function listConsequences(domain) {
  const isThroughProvider = ["EnterpriseDirectory", "EnterpriseOIDC"].includes(account.AccountType);
  return [
    `Everybody with an address of ${domain} is signed out everywhere and loses contacts, conversations and rooms.`,
    "Meetings that they scheduled no longer start.",
    ...(isThroughProvider
      ? ["Profiles whose primary address is of this domain are deleted."]
      : [
          "Registered users show as Released; they may open a new account with their address.",
          "Suspended users stay suspended; they may not.",
        ]),
    "This cannot be undone.",
  ];
}

function describeKey({ KeyId, CreatedOn }) {
  const revoke = rowButton(
    "Delete",
    `access key ${KeyId}`,
    () =>
      run(messages.keys, async () => {
        const agreed = await confirm({
          title: "Delete the access key?",
          lines: [`Whoever provisions users with key ${KeyId} is refused from now on.`],
          yes: "Delete key",
        });
        if (!agreed) return null;
        await remove(below("keys", KeyId));
        return "The access key is deleted.";
      }),
    { dangerous: true },
  );
  return { key: KeyId, cells: [make("code", {}, KeyId), moment(CreatedOn), [revoke]] };
}

function describeGroup({ Name, License }) {
  const unmap = rowButton("Remove", `group ${Name}`, () =>
    run(messages.groups, async () => {
      await remove(below("groups", Name));
      return `${Name} is mapped no longer.`;
    }),
  );
  return { key: Name, cells: [Name, License, [unmap]] };
}

export function start() {
  messages = {
    domains: addMessages(byId("domains-table")),
    keys: addMessages(byId("keys-table")),
    groups: addMessages(byId("groups-table")),
    ...startIdentity(),
    ...startSettings(),
  };
}

function startIdentity() {
  return {
    claim: onSubmit(byId("form-domain"), async ({ domain, verified }) => {
      await post(below("domains"), { domain, verified: verified !== undefined });
      byId("form-domain").reset();
      return `${domain} is ${verified === undefined ? "claimed and waits for its verification" : "claimed and verified"}.`;
    }),
    directory: onSubmit(byId("form-directory"), async ({ directory_id }) => {
      await post(below("directory"), { directory_id });
      return `Directory ${directory_id} is connected.`;
    }),
    okta: onSubmit(byId("form-okta"), async ({ issuer, client_id }) => {
      await post(below("okta"), { issuer, client_id });
      return "The incoming keys are saved.";
    }),
    key: onSubmit(byId("form-key"), async () => {
      const { AccessKey } = await post(below("keys"));
      byId("key-shown").hidden = false;
      byId("key").value = AccessKey.Key;
      byId("key").focus();
      byId("key").select();
      return "The access key is made. Copy it now: it is not shown again.";
    }),
    group: onSubmit(byId("form-group"), async ({ name, license }) => {
      await post(below("groups"), { name, license });
      byId("group-name").value = "";
      return `Members of ${name} get ${license}.`;
    }),
  };
}

function startSettings() {
  return {
    meetings: onSubmit(byId("form-meetings"), async ({ regions, slack }) => {
      await put(below("meetings"), { regions: readWords(regions), slack_sign_in: slack !== undefined });
      return "The meeting settings are saved.";
    }),
    invite: onSubmit(byId("form-invite"), async ({ emails }) => {
      const { Invites } = await post(below("invitations"), { emails: readWords(emails) });
      const failed = Invites.filter(({ Status }) => Status === "Failed").map(({ EmailAddress }) => EmailAddress);
      byId("form-invite").reset();
      const sent = `${Invites.length - failed.length} sent.`;
      return failed.length ? `${sent} Not sent: ${failed.join(", ")}, whose domain another account has claimed.` : sent;
    }),
  };
}
