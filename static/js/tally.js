// Redraws the strip of a check when its answer changes.
const marks = document.getElementById("marks").content.querySelector("svg");

function draw() {
  for (const tally of document.querySelectorAll("[data-others]")) {
    const answer = document.querySelector(`[name="${tally.dataset.check}"]:checked`)?.value ?? "";
    const counts = tally.dataset.others.split(" ").map(Number);
    counts[["yes", "no", "unverified", ""].indexOf(answer)]++;
    const [sound, failing, unverified, waiting] = counts;
    const svg = tally.querySelector("svg");
    const pitch = marks.width.baseVal.value / 4;
    const across = svg.width.baseVal.value / pitch;
    const shapes = counts.flatMap((count, kind) => Array(count).fill(kind)).map((kind, i) => {
      const shape = marks.querySelectorAll("path")[kind].cloneNode();
      shape.setAttribute("transform", `translate(${((i % across) - kind) * pitch} ${((i / across) | 0) * pitch})`);
      return shape;
    });
    const title = svg.querySelector("title");
    title.textContent = `${sound} sound, ${failing} failing, ${unverified} could not be verified`;
    if (waiting) title.append(`, ${waiting} not opened yet`);
    svg.replaceChildren(title, ...shapes);
  }
}

addEventListener("input", draw);
draw();
