// A stage of the running cycle as its job's events tell it.
import { span } from "./words.js";

// Move the bar of the job; false where the page has none for it.
export function show(job) {
  const stage = document.querySelector(`[data-job="${Number(job.id)}"]`);
  if (!stage) return false;
  stage.className = `stage ${job.state}`;
  const { step, steps } = job.progress;
  const bar = stage.querySelector("progress");
  if (steps) bar.max = steps;
  if (step !== undefined) bar.value = step;
  stage.querySelector("[data-says]").textContent = job.state;
  stage.querySelector("[data-details]").textContent = details(job.progress);
  return true;
}

export function details(progress) {
  const said = [];
  if (progress.steps) said.push(`${progress.step} of ${progress.steps}`);
  if (progress.eta_s) said.push(`${span(progress.eta_s)} left`);
  for (const [name, value] of Object.entries(progress.losses ?? {})) {
    said.push(`${name} ${Number(value).toFixed(3)}`);
  }
  const trusted = progress.pseudo_share;
  if (trusted !== undefined) said.push(`pseudo-labels ${(trusted * 100).toFixed(0)} %`);
  if (progress.val_miou) said.push(`val mIoU ${(progress.val_miou * 100).toFixed(1)} %`);
  return said.join(" · ");
}
