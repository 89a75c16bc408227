"use strict";
// Keeps the page up to date, rings, and helps with keys. Everything works without it by loading pages.
const csrf = document.querySelector("input[name=csrf]")?.value || "";
const about = document.body.dataset.about || "";
const title = document.title;
const byId = (id) => document.getElementById(id);
let audio = null, rung = new Set(), started = false, retry = 1000;

const post = (path, data = {}) =>
  fetch(path, { method: "POST", headers: { "X-CSRF": csrf }, body: new URLSearchParams({ csrf, ...data }), redirect: "manual" });

async function refresh(box) {
  if (!box) return;
  const answer = await fetch(box.dataset.part, { redirect: "manual" });
  if (!answer.ok) return;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const focused = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  replace(box, await answer.text());
  if (focused) [...box.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

// Only what differs is replaced: a voice message goes on playing, an opened picture stays open.
const drawn = new WeakMap();
function replace(box, html) {
  const made = document.createElement("template");
  made.innerHTML = html; // our own template, which escapes everything
  const before = [...box.children];
  const after = [...made.content.children];
  after.forEach((node, n) => {
    const text = node.outerHTML;
    if (before[n] && drawn.get(before[n]) === text) return;
    drawn.set(node, text);
    before[n] ? before[n].replaceWith(node) : box.append(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
}
document.querySelectorAll("[data-part]").forEach((box) => [...box.children].forEach((node) => drawn.set(node, node.outerHTML)));

function sound() {
  if (!audio || audio.state !== "running") { byId("sound").hidden = false; return false; }
  [0, 0.25, 0.5].forEach((at) => {
    const tone = audio.createOscillator(), level = audio.createGain();
    tone.frequency.value = 880; level.gain.value = 0.2;
    tone.connect(level).connect(audio.destination);
    tone.start(audio.currentTime + at); tone.stop(audio.currentTime + at + 0.15);
  });
  return true;
}

async function allowSound() {
  audio = audio || new AudioContext();
  await audio.resume();
  byId("sound").hidden = audio.state === "running";
  if (audio.state === "running" && rung.size) { sound(); post("/console/heard"); }
}

function ring(list) {
  document.title = list.length ? `(${list.length}) ${title}` : title;
  const fresh = list.filter((uid) => !rung.has(uid));
  byId("rings").hidden = !list.length || location.pathname === "/console";
  rung = new Set(list);
  if (fresh.length && sound()) post("/console/heard");
}

function listen() {
  const source = new EventSource(`/console/events?about=${encodeURIComponent(about)}`);
  source.onopen = () => {
    byId("lost").hidden = true; retry = 1000;
    if (started) { refresh(byId("queue")); refresh(byId("talk")); }
    started = true;
    document.body.dataset.live = "1";
  };
  source.onerror = () => {
    byId("lost").hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, (retry = Math.min(retry * 2, 15000)));
  };
  source.addEventListener("queue", (event) => { ring(JSON.parse(event.data).ring); refresh(byId("queue")); });
  source.addEventListener("talk", () => refresh(byId("talk")));
  source.addEventListener("others", (event) => {
    const box = byId("others");
    if (!box) return;
    box.textContent = JSON.parse(event.data)
      .map((one) => (one.typing ? box.dataset.typing : box.dataset.here).replace("{name}", one.name)).join(" · ");
  });
  source.addEventListener("bye", () => { source.close(); location.reload(); });
}

function helpWriting() {
  const form = byId("reply"), text = byId("text");
  if (!form) return;
  const put = (canned) => { text.value = text.value ? `${text.value}\n${canned}` : canned; text.focus(); };
  const canned = [...form.querySelectorAll("[data-canned]")];
  canned.forEach((button) => button.addEventListener("click", () => put(button.dataset.canned)));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
    const number = event.altKey && /^Digit[1-9]$/.test(event.code) ? Number(event.code.slice(5)) : 0;
    if (number && canned[number - 1]) { event.preventDefault(); put(canned[number - 1].dataset.canned); }
  });
  form.addEventListener("submit", () => { form.querySelector("button.main").disabled = true; });
  let typed = 0;
  text.addEventListener("input", () => { typed = Date.now(); });
  const tell = () => post(form.dataset.typing, { typing: Date.now() - typed < 6000 ? "1" : "0" });
  tell(); setInterval(tell, 4000);
}

// Chords only, so that no single letter does anything by accident.
function shortcuts(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const go = {
    KeyN: byId("take-next") && (() => byId("take-next").requestSubmit()),
    KeyQ: () => { location.href = "/console"; },
    KeyR: byId("text") && (() => { byId("text").scrollIntoView({ block: "center" }); byId("text").focus(); }),
  }[event.code];
  if (go) { event.preventDefault(); go(); }
}

document.querySelectorAll("[data-part].bubbles").forEach((box) => { box.scrollTop = box.scrollHeight; });
byId("sound-on").addEventListener("click", allowSound);
document.addEventListener("pointerdown", allowSound, { once: true });
document.addEventListener("keydown", allowSound, { once: true });
document.addEventListener("keydown", shortcuts);
byId("failed")?.scrollIntoView({ block: "center" });
try { audio = new AudioContext(); byId("sound").hidden = audio.state === "running"; } catch { byId("sound").hidden = false; }
setInterval(() => refresh(byId("queue")), 30000);
helpWriting();
listen();
