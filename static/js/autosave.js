// Saves a question while it is filled in, keeps a draft until then, and says so.
const form = document.querySelector("[data-question]");
const status = form.querySelector("[role=status]");
const { version, draw, request_id } = form.elements;
const name = `draft ${form.action} ${draw.value}`;
const tab = sessionStorage;
const fields = () => new URLSearchParams(new FormData(form));
let saves = form.dataset.question; // "": never by itself; null: refused
let kept = typed();
let rest = status.textContent;
let sending, unanswered, timer;

function typed() {
  const all = fields();
  ["csrf_token", "request_id", "version"].forEach((each) => all.delete(each));
  return `${all}`;
}

function say(text, passes) {
  status.ariaBusy = passes; // what passes is not read out
  status.textContent = text;
}

function keep(isSent) {
  tab[name] = JSON.stringify([version.value, typed().replace(/&list=[^&]*/, ""), isSent]);
}

function settle() {
  delete tab[name];
  form.dispatchEvent(new Event("kept"));
}

function restore(from, text, isSent) {
  if (text === kept || (isSent && from !== version.value)) return settle();
  const all = new URLSearchParams(text);
  for (const field of form.elements) {
    if (/radio|box/.test(field.type)) field.checked = all.getAll(field.name).includes(field.value);
    else if (/text|date/.test(field.type)) field.value = all.get(field.name);
  }
  version.value = from;
  form.dispatchEvent(new Event("input", { bubbles: true }));
  say("Not saved yet: what you had typed is back.");
}

function isWhole() {
  return [...form.querySelectorAll("fieldset")].every((each) => {
    const texts = [...each.querySelectorAll(".input")];
    return each.querySelector(":checked") || (texts[0] && texts.every((text) => text.value));
  });
}

function changed() {
  clearTimeout(timer);
  if (typed() === kept && !unanswered) {
    say(rest);
    return settle();
  }
  timer = setTimeout(flush, 1500);
  if (saves && isWhole()) say("Not saved yet.", true);
  else if (saves) say("Not saved yet: questions are open.");
  else if (saves !== null) say("Not saved yet: press the button.");
  keep();
}

function flush() {
  clearTimeout(timer);
  if (saves && !sending && (unanswered || (typed() !== kept && isWhole())))
    sending = save().finally(() => (sending = null));
  return sending;
}

async function save() {
  if (!unanswered) {
    unanswered = [typed(), fields()];
    unanswered[1].set("stays", 1);
    unanswered[1].set("request_id", request_id.value.slice(8) + `${Date.now()}`.slice(-8));
  }
  const [text, body] = unanswered;
  say("Saving…", true);
  let answer, page;
  try {
    const keepalive = `${body}`.length < 6e4;
    answer = await fetch(form.action, { method: "POST", body, keepalive, signal: AbortSignal.timeout(1e4) });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {}
  if (!page || answer.status === 503) {
    timer = setTimeout(flush, 5000); // the same request
    return say("Not saved: no answer. It is tried again; your text stays here.");
  }
  unanswered = null;
  if (answer.redirected) {
    kept = text;
    version.value = new URL(answer.url).searchParams.get("saved");
    rest = `Saved ${new Date().toTimeString().slice(0, 5)}.`;
    return changed();
  }
  if (answer.status !== 422) saves = null;
  const why = page.querySelector(".error-summary li, #apart-title, h1").textContent;
  say(`Not saved: “${why}” Press the button to see more.`);
}

form.addEventListener("input", changed);
form.addEventListener("submit", (event) => {
  const waits = sending || (unanswered && flush());
  if (waits) {
    event.preventDefault();
    waits.then(() => {
      unanswered = null;
      form.requestSubmit();
    });
  }
  saves = "";
  clearTimeout(timer);
  keep(true);
});
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || !flush()) return;
  event.preventDefault();
  sending.then(() => (location = link.href));
});
addEventListener("visibilitychange", () => document.hidden && flush());
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.querySelector("[data-drops]")?.addEventListener("click", settle);
if ("unsaved" in form.dataset) {
  kept = null;
  keep();
} else if (tab[name]) restore(...JSON.parse(tab[name]));
