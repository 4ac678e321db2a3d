// Follows a stream of server-sent events while the page is seen; asks once a second when all places of the stream are taken.
"use strict";
const POLL_MS = 1000;

// stream, poll: addresses. events: a function for each event's name. told: takes the answer of `poll`. away: the pages do not answer.
function follow({ stream, poll, events, told, away }) {
  let source = null;
  let timer = null;

  function start() {
    source = new EventSource(stream);
    for (const [name, take] of Object.entries(events)) source.addEventListener(name, (e) => take(JSON.parse(e.data)));
    source.onerror = () => {
      if (!source || source.readyState !== EventSource.CLOSED) { away(); return; } // the browser tries again by itself
      source = null; // refused: all places of the stream are taken
      ask();
    };
  }

  async function ask() {
    timer = setTimeout(ask, POLL_MS);
    try {
      const r = await fetch(poll, { headers: { Accept: "application/json" } });
      if (r.ok) told(await r.json());
      else if (r.status === 401 && events.locked) events.locked();
      else away();
    } catch {
      away();
    }
  }

  function rest() {
    if (source) source.close();
    source = null;
    clearTimeout(timer);
  }

  document.addEventListener("visibilitychange", () => {
    rest();
    if (!document.hidden) start();
  });
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (e) => { if (e.persisted) start(); }); // back from another page
  start();
}
