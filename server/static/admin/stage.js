// A stage of the running cycle as the events of its job tell it, or of all its shards together.
import { span } from "./words.js";

// Move the bar of the job; false where the page has none for it.
export function show(job) {
  return showIn(document.querySelector(`[data-job="${Number(job.id)}"]`), job);
}

// The same of a stage in shards.
export function showShards(told) {
  const cycle = `[data-cycle="${Number(told.cycle_id)}"]`;
  return showIn(document.querySelector(`${cycle} [data-stage="${CSS.escape(told.kind)}"]`), told);
}

function showIn(stage, job) {
  if (!stage) return false;
  stage.className = `stage ${job.state}`;
  const { step, steps } = job.progress;
  const bar = stage.querySelector("progress");
  if (steps) bar.max = steps;
  if (step !== undefined) bar.value = step;
  stage.querySelector("[data-says]").textContent = job.state;
  stage.querySelector("[data-details]").textContent = details(job.progress, job);
  return true;
}

export function details(progress, { shards = 1, shards_done: done } = {}) {
  const said = shards > 1 ? [`${done} of ${shards} shards`] : [];
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
