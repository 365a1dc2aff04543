// A clock beside a check that speaks of one.
const reads = (s) => `${(s / 60) | 0}:${String(s % 60).padStart(2, "0")}`;

for (const check of document.querySelectorAll("[data-timer-s]")) {
  const clock = check.querySelector("template").content;
  const [button, face, spoken] = clock.firstElementChild.children;
  const limit = +check.dataset.timerS;
  let begun, ticking;

  function tick() {
    const s = ((performance.now() - begun) / 1e3) | 0;
    face.textContent = `${reads(s)} of ${reads(limit)}${s > limit ? ", over" : ""}`;
    if (s > limit) spoken.textContent = "The time is over.";
  }
  button.addEventListener("click", () => {
    if (ticking) ticking = clearInterval(ticking);
    else {
      begun = performance.now();
      ticking = setInterval(tick, 250);
      spoken.textContent = "";
    }
    tick();
    button.textContent = `${ticking ? "Stop" : "Start"} the clock`;
  });
  check.querySelector(".choices").before(clock);
}
