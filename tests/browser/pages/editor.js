// The editor without the rest of the page. `start` builds it, `show` opens a region; arrays come as
// plain lists, pictures by address.
import { Editor } from "/static/annotate/editor.js";

const heard = {};
let editor;

function start(options) {
  editor?.close();
  editor = new Editor(document.getElementById("editor"), options);
  for (const name of ["change", "submit", "skip", "back", "help", "note", "activity", "mode", "settings"]) {
    heard[name] = 0;
    editor.addEventListener(name, () => (heard[name] += 1));
  }
}

async function show({ picture, context, neighbours, ...given }) {
  const bitmap = await createImageBitmap(await (await fetch(picture)).blob());
  const bytes = (name, Kind = Uint8Array) => given[name] && Kind.from(given[name]);
  editor.open({
    ...given,
    context: { ...context, bitmap },
    suggestion: bytes("suggestion"),
    confidence: bytes("confidence"),
    label: bytes("label"),
    segments: bytes("segments", Uint16Array),
    neighbours: neighbours && { ...neighbours, values: Uint8Array.from(neighbours.values) },
  });
  await frame();
  await frame();
}

function frame() {
  return new Promise(requestAnimationFrame);
}

const result = () => {
  const { classes, origins, unset } = editor.result();
  return { classes: [...classes], origins: [...origins], unset };
};

Object.assign(window, { start, show, frame, result, heard, editor: () => editor });
