// Three calls in a row: a user where the name is new, their role, and an invitation.
import { call } from "./api.js";
import { reveal } from "./forms.js";
import { refresh } from "./live.js";
import { notify } from "./notice.js";

const form = document.getElementById("invite");
const project = document.body.dataset.project;

async function invite(event) {
  event.preventDefault();
  const name = form.elements.name.value.trim();
  const role = form.elements.role.value;
  try {
    const known = [...document.querySelectorAll("#others option")].find((each) => each.value === name);
    const user = known ? Number(known.dataset.id) : (await call("POST", "/api/v1/users", { name })).id;
    await call("PUT", `/api/v1/projects/${project}/members/${user}`, { role });
    const { token } = await call("POST", `/api/v1/users/${user}/invitations`);
    await reveal(token, `The invitation of ${name}: with it they choose a password at ${location.origin}/welcome, once, within two days.`);
    form.reset();
    await refresh();
  } catch (error) {
    notify(error.message);
    await refresh();
  }
}

form?.addEventListener("submit", invite);
