// How much is reviewed, asked twice and checked: percents on the page, shares for the server.
import { call } from "./api.js";
import { notify } from "./notice.js";

const form = document.getElementById("shares-form");
const path = `/api/v1/projects/${document.body.dataset.project}/quality/shares`;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = ["review", "second", "check"].map((name) => [name, form.elements[name].value / 100]);
  try {
    await call("PUT", path, Object.fromEntries(fields));
    notify("Set.", true);
  } catch (error) {
    notify(error.message);
  }
});
