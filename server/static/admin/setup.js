// Images come in, as an archive sent in parts or from where the server reads; then the grid on one of them.
import { call } from "./api.js";
import { showGrid } from "./grid.js";
import { showReport } from "./import_report.js";
import { notify } from "./notice.js";
import { upload } from "./upload.js";

const LOOK_MS = 600;
const project = document.body.dataset.project;
const form = document.getElementById("import");
const says = document.getElementById("import-says");
const bar = document.getElementById("import-bar");

function tell(text, share = null) {
  document.getElementById("importing").hidden = false;
  says.textContent = text;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}

async function source() {
  const file = form.elements.archive.files[0];
  if (file) return { upload_id: (await upload(project, file, tell)).id };
  return { path: form.elements.path.value };
}

async function run(dry) {
  document.getElementById("importing").hidden = true;
  const { layout, pool_masks } = form.elements;
  const asked = { ...(await source()), pool_masks: pool_masks.checked, dry_run: dry };
  if (layout.value) asked.layout = layout.value;
  const job = await over((await call("POST", `/api/v1/projects/${project}/imports`, asked)).id);
  const problems = await showReport(job, dry);
  if (!dry && job.state === "succeeded" && !problems) location.reload();
}

// The job, once it has ended.
async function over(id) {
  for (;;) {
    const job = await call("GET", `/api/v1/jobs/${id}`);
    if (job.finished_at) {
      tell(job.state, 1);
      return job;
    }
    const { step = 0, steps, phase } = job.progress;
    tell(`${phase ?? job.state} ${steps ? `${step} of ${steps}` : ""}`, steps ? step / steps : null);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const buttons = form.querySelectorAll("button");
  buttons.forEach((each) => (each.disabled = true));
  try {
    await run(event.submitter.value === "dry");
  } catch (error) {
    notify(error.message);
  } finally {
    buttons.forEach((each) => (each.disabled = false));
  }
});
if (document.getElementById("grid")) showGrid(project);
