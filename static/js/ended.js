// Forgets the drafts of what ended on the page before.
const of = document.referrer.split("/")[4];
for (const name in sessionStorage) if (name.includes(`/diagnosis/${of}/`)) delete sessionStorage[name];
