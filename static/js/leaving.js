// Asks before a page is left on which something is not saved.
const form = document.querySelector("[data-question]");
const arm = () => (window.onbeforeunload = () => true);
const disarm = () => (window.onbeforeunload = null);

form.addEventListener("input", arm);
form.addEventListener("kept", disarm); // by autosave.js
addEventListener("submit", (event) => event.defaultPrevented || disarm());
if ("unsaved" in form.dataset) arm();
