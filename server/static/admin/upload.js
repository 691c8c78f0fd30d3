// An archive goes to the server in parts; what is there already is not sent again.
import { call, Refused } from "./api.js";
import { digestOf } from "./sha256.js";

const TRIES = 5;

// The upload, once all of it is there. `tell(text, share)` says how far it is.
export async function upload(project, file, tell) {
  const sha256 = await digestOf(file, (done) => tell("reading the archive", done / file.size));
  const about = { name: file.name.slice(0, 100), size_bytes: file.size, sha256 };
  let known = await call("POST", `/api/v1/projects/${project}/uploads`, about);
  while (known.received_bytes < known.size_bytes) {
    tell("sending the archive", known.received_bytes / known.size_bytes);
    known = await patiently(() => part(known, file));
  }
  return known;
}

async function part({ id, received_bytes: start, part_bytes: size }, file) {
  const answer = await fetch(`/api/v1/uploads/${id}/parts/${start}`, {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream" },
    body: file.slice(start, start + size),
  });
  const told = await answer.json();
  if (!answer.ok) throw Object.assign(new Refused(told.detail), { status: answer.status });
  return told;
}

async function patiently(act) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt === TRIES || (error.status >= 400 && error.status < 500)) throw error;
      await new Promise((done) => setTimeout(done, 500 * 2 ** attempt));
    }
  }
}
