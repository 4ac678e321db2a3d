// Station now: follows the station's views (server-sent events, else one question a second: follow.js) and sends the helper's keys.
"use strict";
const live = document.getElementById("live");
const facts = JSON.parse(live.dataset.facts); // of each protocol: whether its clock counts up, which keys a helper has

const $ = (id) => document.getElementById(id);
const given = (value) => value !== undefined && value !== null;

function text(id, value) {
  const e = $(id);
  if (e.textContent !== value) e.textContent = value;
}

function show(e, on) {
  if (e && e.hasAttribute("hidden") === on) e.toggleAttribute("hidden", !on);
}

function place(id, ml, ap, r) {
  const e = $(id);
  show(e, given(ml));
  if (!given(ml)) return;
  e.setAttribute("cx", ml.toFixed(1));
  e.setAttribute("cy", (-ap).toFixed(1)); // forward is up
  if (r) e.setAttribute("r", r.toFixed(1));
}

function numbers(v, fact) {
  show($("clock"), given(v.seconds_left));
  if (given(v.seconds_left)) {
    text("seconds", String(fact.holds ? Math.floor(v.seconds_left) : Math.ceil(v.seconds_left)));
    text("clock-name", fact.holds ? live.dataset.held : live.dataset.left);
  }
  show($("count-line"), given(v.count));
  if (given(v.count)) text("count", String(v.count));
  show($("score-line"), given(v.score));
  if (given(v.score)) text("score", String(Math.round(v.score)));
}

function picture(v) {
  show($("plate"), given(v.cop_ml_mm) || given(v.target_ml_mm));
  place("cop", v.cop_ml_mm, v.cop_ap_mm);
  place("target", v.target_ml_mm, v.target_ap_mm, v.target_r_mm);
  if (!v.plate_mm) return;
  const [w, h] = v.plate_mm;
  for (const [name, n] of Object.entries({ x: -w / 2, y: -h / 2, width: w, height: h })) $("plate-edge").setAttribute(name, n);
  $("plate").setAttribute("viewBox", `${-w / 2 - 40} ${-h / 2 - 45} ${w + 80} ${h + 55}`);
}

function steering(v, fact) {
  show($("answer"), Boolean(v.asks));
  show($("steer"), Boolean(v.busy));
  for (const b of $("steer").querySelectorAll("[data-key]")) {
    if (b.dataset.key !== "stop") show(b, v.phase === "record" && fact.keys.includes(b.dataset.key));
  }
  show($("start"), !v.busy);
}

function health(facts) {
  for (const e of document.querySelectorAll("[data-health]")) {
    const value = facts[e.dataset.health];
    const told = given(value) && value !== "" ? String(value) : "–";
    if (e.textContent !== told) e.textContent = told;
  }
}

function view(v) {
  const fact = facts[v.protocol] || { holds: false, keys: [] };
  text("title", v.title || "");
  text("say", v.say || "");
  text("do", v.do || "");
  show($("demo"), Boolean(v.demo));
  numbers(v, fact);
  picture(v);
  steering(v, fact);
  health(v.health || {});
  if ($("result")) {
    show($("result"), Boolean(v.result_trial));
    if (v.result_trial) $("result").firstElementChild.href = live.dataset.trials.replace(/-$/, v.result_trial);
  }
}

function away() {
  text("title", "");
  text("say", live.dataset.away);
  text("do", live.dataset.awayDo);
  for (const id of ["demo", "clock", "count-line", "score-line", "plate", "answer", "steer", "result"]) show($(id), false);
  health({});
}

function problem(p) {
  show($("problem"), Boolean(p));
  text("problem", p ? `${p.what} ${p.do}` : "");
}

async function send(url, body) {
  problem(null);
  try {
    const r = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await r.json();
    if (!r.ok) problem(answer.error);
    return r.ok;
  } catch {
    away();
    return false;
  }
}

document.addEventListener("click", async (e) => {
  const button = e.target.closest("button");
  if (!button) return;
  if (button.dataset.key) await send(live.dataset.keys, { key: button.dataset.key });
  if (button.dataset.run) {
    await send(live.dataset.runs, { protocol: button.dataset.run });
    live.scrollIntoView({ block: "start" });
    $("main").focus({ preventScroll: true });
  }
});
follow({ stream: live.dataset.stream, poll: live.dataset.view, events: { view, away }, told: view, away });
