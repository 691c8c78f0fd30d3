// What an import did, or would do, with each file: counts, and every problem.
import { call } from "./api.js";
import { number } from "./words.js";

const MOST = 200;
// What is only looked at, or refused with others, is not in the project.
const INTENDED = { added: "to add", mask_added: "to be given a mask", tags_changed: "to be tagged" };
const DONE = { mask_added: "given a mask", tags_changed: "tagged" };

// Shows the job's report; how many problems it has.
export async function showReport(job, dry) {
  const says = document.getElementById("import-says");
  if (job.error) says.textContent = job.error.text;
  const counted = {};
  const problems = [];
  for await (const each of files(job)) {
    const what = `${each.split} ${each.outcome}`;
    counted[what] = (counted[what] ?? 0) + 1;
    if (each.outcome === "problem" && problems.length < MOST) problems.push(each);
  }
  const words = dry || problems.length ? INTENDED : DONE;
  const told = Object.entries(counted).map(([what, count]) => `${number(count)} ${said(what, words)}`);
  document.getElementById("import-counts").textContent = told.join(" · ");
  list(problems);
  if (problems.length) says.textContent = "Nothing was imported: every file has to be right.";
  else if (dry && !job.error) says.textContent = "All files are right; nothing was written.";
  return problems.length;
}

function said(what, words) {
  const [split, outcome] = what.split(" ");
  return outcome === "problem" ? "not right" : `${split} ${words[outcome] ?? outcome}`;
}

async function* files({ id, error, result }) {
  if (error && !result) return;
  let cursor = "";
  do {
    const page = await call("GET", `/api/v1/jobs/${id}/report?limit=200${cursor}`).catch(() => ({ items: [] }));
    yield* page.items;
    cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : "";
  } while (cursor);
}

function list(problems) {
  const table = document.getElementById("import-problems");
  table.hidden = problems.length === 0;
  table.querySelector("tbody").replaceChildren(...problems.map(({ file, problem, detail }) => {
    const row = document.createElement("tr");
    for (const text of [file, problem, detail]) row.insertCell().textContent = text;
    row.lastElementChild.className = "wrap soft";
    return row;
  }));
}
