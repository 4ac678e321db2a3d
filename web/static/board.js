// The board's pages: puts in the parts of the page that the station's newest view changed, and sends the answers of a guided procedure.
"use strict";
const page = document.getElementById("parts");
const fresh = document.createElement("template");

function place(name) {
  return page.querySelector(`[data-part="${name}"]`);
}

function put(parts) {
  place("lost").hidden = true;
  page.classList.remove("stale");
  for (const [name, html] of Object.entries(parts)) {
    const e = place(name);
    fresh.innerHTML = html;
    if (!e || fresh.innerHTML === e.innerHTML) continue; // what is being typed or read out stays
    if (name === "problem" || name === "say") refuse(""); // the newest is told, not what was refused before
    const inside = e.contains(document.activeElement);
    const field = e.querySelector("input");
    const typed = field && field.value !== field.defaultValue ? field.value : null;
    e.innerHTML = html;
    if (typed !== null && e.querySelector("input")) e.querySelector("input").value = typed;
    if (inside) (e.querySelector("input, button, a") || document.getElementById("main")).focus({ preventScroll: true });
  }
}

function lost() {
  place("lost").hidden = false;
  page.classList.add("stale");
}

function refuse(text) {
  const e = document.getElementById("refused");
  if (!e) return;
  e.hidden = !text;
  e.textContent = text;
  const problem = place("problem");
  if (problem) problem.hidden = Boolean(text);
}

async function answer(body) {
  refuse("");
  try {
    const r = await fetch(page.dataset.service, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (r.status === 401) { location.reload(); return; }
    const told = await r.json();
    if (!r.ok) refuse(`${told.error.what} ${told.error.do}`.trim());
  } catch {
    lost();
  }
}

document.addEventListener("click", async (e) => {
  const button = e.target.closest("[data-do]");
  if (button) answer({ do: button.dataset.do });
  const leave = e.target.closest("[data-leave]");
  if (!leave) return;
  e.preventDefault();
  await answer({ do: "next" }); // seen: the wall may go home
  location.href = leave.href;
});

document.addEventListener("submit", (e) => {
  if (!e.target.matches("[data-weight]")) return;
  e.preventDefault();
  const typed = e.target.elements.weight.value.trim().replace(",", ".");
  const kg = Number(typed);
  if (typed && kg > 0 && kg <= 200) answer({ do: "next", weight_kg: kg });
  else refuse(page.dataset.noWeight);
});

follow({
  stream: page.dataset.stream,
  poll: page.dataset.parts,
  events: { parts: put, locked: () => location.reload() },
  told: put,
  away: lost,
});
