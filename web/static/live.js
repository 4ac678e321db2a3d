// Station now: follows the station's views (server-sent events, else one question a second) and sends the helper's keys.
"use strict";
const live = document.getElementById("live");
const $ = (id) => document.getElementById(id);
let source = null, poll = null;

function text(id, value) { const e = $(id); if (e.textContent !== value) e.textContent = value; }
function show(id, on) { $(id).hidden = !on; }

function place(id, ml, ap, r) {
  const e = $(id), on = ml !== undefined && ml !== null;
  e.toggleAttribute("hidden", !on);
  if (!on) return;
  e.setAttribute("cx", ml.toFixed(1));
  e.setAttribute("cy", (-ap).toFixed(1)); // forward is up
  if (r) e.setAttribute("r", r.toFixed(1));
}

function view(v) {
  text("title", v.title || "");
  text("say", v.say || "");
  text("do", v.do || "");
  show("demo", v.demo);
  const timed = v.seconds_left !== undefined && v.seconds_left !== null;
  show("clock", timed); show("clock-name", timed);
  if (timed) {
    text("seconds", String(Math.ceil(v.seconds_left)));
    text("clock-name", v.kind === "hold" ? live.dataset.held : live.dataset.seconds);
  }
  const counted = v.count !== undefined && v.count !== null;
  show("count-line", counted);
  if (counted) text("count", String(v.count));
  const moving = v.cop_ml_mm !== undefined && v.cop_ml_mm !== null;
  show("plate", moving || (v.target_ml_mm !== undefined && v.target_ml_mm !== null));
  place("cop", v.cop_ml_mm, v.cop_ap_mm);
  place("target", v.target_ml_mm, v.target_ap_mm, v.target_r_mm);
  if (v.plate_mm) {
    const [w, h] = v.plate_mm, edge = $("plate-edge");
    for (const [k, n] of Object.entries({ x: -w / 2, y: -h / 2, width: w, height: h })) edge.setAttribute(k, n);
  }
  show("answer", Boolean(v.asks));
  show("steer", v.busy);
  for (const b of document.querySelectorAll("[data-run]")) b.disabled = v.busy;
  for (const e of document.querySelectorAll("[data-health]")) {
    const value = v.health ? v.health[e.dataset.health] : undefined;
    e.textContent = value === undefined || value === null || value === "" ? "–" : String(value);
  }
}

function away() {
  text("title", live.dataset.away); text("say", live.dataset.awayDo); text("do", "");
  for (const id of ["clock", "clock-name", "count-line", "plate", "answer", "steer"]) show(id, false);
}

function problem(p) { show("problem", Boolean(p)); if (p) $("problem").textContent = `${p.what} ${p.do}`; }

async function send(url, body) {
  problem(null);
  try {
    const r = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await r.json();
    if (!r.ok) problem(answer.error);
    return r.ok;
  } catch { away(); return false; }
}

function follow() {
  source = new EventSource(live.dataset.stream);
  source.addEventListener("view", (e) => view(JSON.parse(e.data)));
  source.addEventListener("away", away);
  source.onerror = () => { if (source && source.readyState === EventSource.CLOSED) { source = null; ask(); } };
}

async function ask() { // all places of the stream are taken: one question a second
  poll = setTimeout(ask, 1000);
  try {
    const r = await fetch(live.dataset.view);
    if (r.ok) view(await r.json()); else away();
  } catch { away(); }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { if (source) source.close(); source = null; clearTimeout(poll); }
  else if (!source) follow();
});
document.addEventListener("click", async (e) => {
  const button = e.target.closest("button");
  if (!button) return;
  if (button.dataset.key) await send(live.dataset.keys, { key: button.dataset.key });
  if (button.dataset.run && await send(live.dataset.runs, { protocol: button.dataset.run })) {
    live.scrollIntoView({ behavior: "smooth", block: "start" });
    document.getElementById("main").focus({ preventScroll: true });
  }
});
follow();
