// Runs before anything is shown. A form that scripts answer, submitted before they are there, waits for
// them; without this the browser would leave the page, with the fields in its address.
{
  const waiting = new Map();
  let answered = false;
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute("method")) return;
    event.preventDefault();
    if (answered) return;
    // nor do those scripts hear of it that are there already: they would answer twice
    event.stopImmediatePropagation();
    waiting.set(event.target, event.submitter);
  }, true);
  // after all scripts of the page
  document.addEventListener("DOMContentLoaded", () => {
    answered = true;
    for (const [form, button] of waiting) form.requestSubmit(button);
  });
}
