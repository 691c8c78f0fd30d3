// Calls of the server's interface; the session's cookie says who asks.

export class Refused extends Error {}

// The parsed answer, or null where there is none. Throws Refused with what the server says.
export async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused("The server does not answer; look at the connection, then try again.");
  }
  const json = answer.headers.get("content-type")?.includes("json");
  const told = json ? await answer.json() : null;
  if (!answer.ok) throw new Refused(sentence(told, answer.status));
  return told;
}

function sentence(problem, status) {
  const fields = (problem?.errors ?? []).map((each) => `${each.pointer ?? ""} ${each.detail ?? ""}`);
  return [problem?.detail ?? `The server answered ${status}.`, ...fields].join(" ");
}
