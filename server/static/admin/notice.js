// One line at the page's corner: what went wrong, or was done.

let timer;

export function notify(text, good = false) {
  const line = document.getElementById("notice");
  line.textContent = text;
  line.classList.toggle("good", good);
  line.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (line.hidden = true), good ? 4000 : 15000);
}
