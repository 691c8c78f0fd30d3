// A new project: its classes as a list that grows, and one call at the end.
import { call } from "./api.js";
import { notify } from "./notice.js";

const form = document.getElementById("new-project");
const list = document.getElementById("class-list");
const row = document.getElementById("class-row");
const colours = list.dataset.colours.split(" ");

function add({ name = "", color, key = "", background = false } = {}) {
  const item = row.content.cloneNode(true).firstElementChild;
  const fields = fieldsOf(item);
  fields.name.value = name;
  fields.color.value = color ?? colours[list.children.length % colours.length];
  fields.key.value = key ?? "";
  fields.background.checked = background;
  item.querySelector("[data-remove]").addEventListener("click", () => item.remove());
  list.append(item);
  return fields.name;
}

function fieldsOf(item) {
  return Object.fromEntries([...item.querySelectorAll("[data-field]")].map((each) => [each.dataset.field, each]));
}

function classes() {
  const rows = [...list.children].map(fieldsOf).filter(({ name }) => name.value.trim());
  return rows.map(({ name, color, key, background }, value) => ({
    value,
    name: name.value.trim(),
    color: color.value,
    key: key.value || null,
    background: background.checked,
  }));
}

function wanted() {
  const { name, title, recipe, scale, cell_px } = form.elements;
  const overrides = scale.value ? { scale: Number(scale.value) } : {};
  return {
    name: name.value,
    title: title.value,
    cell_px: Number(cell_px.value),
    classes: classes(),
    recipe: { name: recipe.value, overrides },
  };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { id } = await call("POST", "/api/v1/projects", wanted());
    location.href = `/projects/${id}/setup`;
  } catch (error) {
    notify(error.message);
  }
});

document.getElementById("class-file").addEventListener("change", async ({ target }) => {
  try {
    const told = JSON.parse(await target.files[0].text());
    list.replaceChildren();
    for (const each of told.classes) add({ ...each, color: each.color?.toLowerCase() });
  } catch {
    notify('Expected {"classes": [{"id": 0, "name": "sky", "color": "#808080"}, ...]}.');
  }
});
document.getElementById("add-class").addEventListener("click", () => add().focus());
for (let i = 0; i < 3; i += 1) add();
