// 1, 2 and 3 answer the check that has the focus, and nowhere else.
const answers = (group) => group.querySelectorAll("[type=radio]");
const groups = [...document.querySelectorAll("fieldset:has([value=yes])")];

addEventListener("keydown", (event) => {
  const group = event.target.closest("fieldset");
  const answer = groups.includes(group) && answers(group)["123".indexOf(event.key)];
  if (!answer || event.target.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  answer.click();
  const open = groups.find((each) => !each.querySelector(":checked"));
  (open ? answers(open)[0] : answer).focus();
});

const hint = document.getElementById("keys");
if (matchMedia("(any-pointer: fine)").matches) hint.replaceWith(hint.content);
